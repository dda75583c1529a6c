import collections
import json

import pytest
from absl import flags

from foundation.errors import InputError
from preprocessing.tokenization import load_wordpiece, read_pieces
from tests.scripts.script_runs import (
    REPORT_TENSORFLOW,
    load_script,
    ncbi_sentences,
    run_program,
)

SCRIPT = "scripts/build_vocab.py"


@pytest.fixture
def run(root_dir):
    def run_script(*arguments, program=(SCRIPT,), **variables):
        return run_program(root_dir, *program, *arguments, **variables)

    return run_script


@pytest.fixture(scope="module")
def script(root_dir):
    return load_script(root_dir, "build_vocab")


@pytest.fixture(scope="module")
def corpus(fixtures_dir, tmp_path_factory):
    """Running text: the words of a bundled slice of the NCBI corpus."""
    path = tmp_path_factory.mktemp("corpus") / "ncbi.txt"
    lines = ncbi_sentences(fixtures_dir, "train", "devel")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_vocabulary_that_the_kit_loads_and_its_facts(run, corpus, tmp_path):
    vocabulary = tmp_path / "new" / "vocab.txt"
    result = run(
        f"--input_file={corpus}",
        f"--vocab_file={vocabulary}",
        "--vocab_size=900",
        "--do_lower_case=false",
        "--min_character_frequency=3",
        "--held_out_share=0.1",
        program=("-c", REPORT_TENSORFLOW, SCRIPT),
    )
    assert result.returncode == 0, result.stderr
    assert "heavy: []" in result.stderr
    pieces = read_pieces(str(vocabulary))
    assert len(pieces) == len(set(pieces)) == 900
    assert pieces[:2] == ("[PAD]", "[unused1]")
    assert pieces[99:104] == ("[unused99]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    tokenizer = load_wordpiece(str(vocabulary), lower_case=False)
    facts = json.loads((tmp_path / "new" / "vocab.txt.json").read_text())
    assert facts["vocab_sha256"] == tokenizer.vocab_sha256
    assert facts["vocab_size"] == 900
    assert facts["rarest_piece"] >= facts["min_frequency"] == 2
    score = facts["held_out"][str(vocabulary)]
    assert 0 < score["num_words"] < 0.2 * facts["num_words"]
    assert 1 < score["pieces_per_word"] < 3
    assert f"{score['pieces_per_word']:.4f} pieces per word" in result.stdout
    assert sorted(p.name for p in vocabulary.parent.iterdir()) == [
        "vocab.txt",
        "vocab.txt.json",
    ]


def test_no_word_of_frequent_characters_is_unknown(run, corpus, tmp_path):
    vocabulary = tmp_path / "vocab.txt"
    result = run(
        f"--input_file={corpus}",
        f"--vocab_file={vocabulary}",
        "--vocab_size=700",
        "--held_out_share=0",
        "--min_character_frequency=4",
    )
    assert result.returncode == 0, result.stderr
    assert "held out" not in result.stdout
    tokenizer = load_wordpiece(str(vocabulary), lower_case=True)
    text = corpus.read_text(encoding="utf-8")
    words = tokenizer.reference.words(text)
    times = collections.Counter("".join(words))
    num_unknown = 0
    for word in words:
        is_rare = any(times[char] < 4 for char in word)
        is_unknown = tokenizer.encode_word(word) == [tokenizer.unk_id]
        assert is_unknown == is_rare
        num_unknown += is_unknown
    assert f"learned from: {num_unknown} words" in result.stdout


def test_the_same_again_whatever_the_order_and_the_hash_seed(
    run, corpus, tmp_path
):
    lines = corpus.read_text(encoding="utf-8").splitlines(keepends=True)
    halves = []
    for i in range(2):
        halves.append(tmp_path / f"half{i}.txt")
        halves[i].write_text("".join(lines[i::2]), encoding="utf-8")
    written = []
    for number, order in enumerate((halves, halves[::-1])):
        vocabulary = tmp_path / f"vocab{number}.txt"
        result = run(
            f"--input_file={order[0]},{order[1]}",
            f"--vocab_file={vocabulary}",
            "--vocab_size=800",
            PYTHONHASHSEED=str(number + 1),
        )
        assert result.returncode == 0, result.stderr
        written.append(vocabulary.read_bytes())
    assert written[0] == written[1]


def test_nothing_is_overwritten_unless_that_is_said(run, corpus, tmp_path):
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("mine\n")
    arguments = (
        f"--input_file={corpus}",
        f"--vocab_file={vocabulary}",
        "--vocab_size=500",
    )
    result = run(*arguments)
    assert result.returncode == 2
    assert "add --overwrite_output" in result.stderr
    assert vocabulary.read_text() == "mine\n"
    result = run(*arguments, "--overwrite_output")
    assert result.returncode == 0, result.stderr
    assert len(read_pieces(str(vocabulary))) == 500
    assert "it/s" not in result.stderr  # no bar where there is no terminal


@pytest.mark.parametrize(
    "read", ["--input_file={tmp}/*.txt", "--compare_vocab_file={tmp}/a.txt"]
)
@pytest.mark.parametrize("suffix", ["", ".json"])
def test_what_is_read_is_not_overwritten(run, corpus, tmp_path, read, suffix):
    (tmp_path / "a.txt").write_text("mine\n")
    (tmp_path / f"link{suffix}").symlink_to(tmp_path / "a.txt")
    result = run(
        f"--input_file={corpus}",
        read.format(tmp=tmp_path),
        f"--vocab_file={tmp_path}/link",
        "--overwrite_output",
    )
    assert result.returncode == 2
    assert "what is read would be overwritten" in result.stderr
    assert (tmp_path / "a.txt").read_text() == "mine\n"


def test_another_vocabulary_is_scored_on_the_same_words(
    run, corpus, tmp_path, golden_dir
):
    other = golden_dir / "tokenization" / "vocab_uncased_2k.txt"
    arguments = (
        f"--input_file={corpus}",
        f"--vocab_file={tmp_path}/vocab.txt",
        f"--compare_vocab_file={other}",
        "--vocab_size=700",
        "--held_out_share=0.2",
    )
    result = run(*arguments)
    assert result.returncode == 0, result.stderr
    facts = json.loads((tmp_path / "vocab.txt.json").read_text())
    mine, theirs = facts["held_out"].values()
    assert mine["num_words"] == theirs["num_words"] > 0
    assert mine["num_pieces"] != theirs["num_pieces"]
    result = run(*arguments, "--do_lower_case=false", "--overwrite_output")
    assert result.returncode == 2
    assert "another casing" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no file to write to"),
        (("--vocab_file={tmp}/v.txt",), "no text to read"),
        (("--vocab_file={tmp}",), "no file to write to"),
        (("--vocab_file={tmp}/v", "--input_file=/none*"), "no file matches"),
        (("--vocab_file={tmp}/v", "--input_file={blank}"), "no text to learn"),
        (("--vocab_file={tmp}/v", "--input_file={few}"), "are rare"),
        (
            (
                "--vocab_file={tmp}/v",
                "--input_file={few}",
                "--min_character_frequency=1",
            ),
            "does not hold so many pieces",
        ),
        (
            (
                "--vocab_file={tmp}/v",
                "--input_file={few}",
                "--min_character_frequency=1",
                "--vocab_size=110",
            ),
            "too small for its characters",
        ),
    ],
)
def test_what_cannot_be_is_said(script, tmp_path, arguments, words):
    places = {"tmp": tmp_path}
    for name, text in (("blank", "\n \n"), ("few", "secret words\n")):
        places[name] = tmp_path / f"{name}.txt"
        places[name].write_text(text)
    fv = flags.FlagValues()
    script.define_flags(fv)
    fv(["build_vocab.py", *(word.format(**places) for word in arguments)])
    with pytest.raises(InputError, match=words) as caught:
        script.build(fv)
    assert caught.value.next_step
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "v").exists()


def test_an_error_is_one_line(run, tmp_path):
    result = run(f"--vocab_file={tmp_path}/v", "--layout=x")
    assert result.returncode == 2
    assert result.stderr.startswith("ERROR: --layout has a value")
    assert len(result.stderr.splitlines()) == 1


def test_help_teaches(run):
    result = run("--help")
    assert result.returncode == 0
    assert "python scripts/build_vocab.py --input_file=" in result.stdout
    for name in (
        "min_frequency=2",
        "num_unused",
        "sample_megabytes=500",
        "overwrite_output=false",
    ):
        assert f"--{name}" in result.stdout


@pytest.mark.shared
def test_fewer_pieces_a_word_than_a_general_vocabulary(
    run, shared_dir, tmp_path
):
    data = shared_dir / "data"
    general = data / "vocab" / "bert-base-uncased" / "vocab.txt"
    result = run(
        f"--input_file={data}/corpus/pubmed-docs/pubmed_docs.txt",
        f"--vocab_file={tmp_path}/vocab.txt",
        f"--compare_vocab_file={general}",
        "--sample_megabytes=3",
        "--vocab_size=10000",
    )
    assert result.returncode == 0, result.stderr
    facts = json.loads((tmp_path / "vocab.txt.json").read_text())
    mine, theirs = facts["held_out"].values()
    assert facts["sample_bytes"] == 3_000_000
    assert mine["num_unknown"] <= 0.001 * mine["num_words"]
    # A third of the size, and better on biomedical text.
    assert mine["pieces_per_word"] < theirs["pieces_per_word"]
