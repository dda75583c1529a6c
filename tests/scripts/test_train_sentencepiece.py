import hashlib
import itertools

import pytest
import sentencepiece
from absl import flags

from foundation.errors import InputError
from preprocessing.sentence_piece_proto import UNIGRAM, model_type
from preprocessing.sentence_piece_training import (
    SentencePieceOptions,
    spread_lines,
    train_sentencepiece,
)
from preprocessing.tokenization import (
    load_sentencepiece,
    load_wordpiece,
    read_pieces,
)
from tests.scripts.script_runs import (
    REPORT_TENSORFLOW,
    load_script,
    ncbi_sentences,
    run_program,
)

SCRIPT = "scripts/train_sentencepiece.py"


@pytest.fixture(scope="module")
def script(root_dir):
    return load_script(root_dir, "train_sentencepiece")


@pytest.fixture
def train(script):
    """Runs the script's work in this process."""

    def _train(*arguments):
        fv = flags.FlagValues()
        script.define_flags(fv)
        fv(["train_sentencepiece.py", *map(str, arguments)])
        script.train(fv)

    return _train


@pytest.fixture
def run(root_dir):
    def run_script(*arguments, program=(SCRIPT,), **variables):
        return run_program(root_dir, *program, *arguments, **variables)

    return run_script


@pytest.fixture(scope="module")
def lines(fixtures_dir):
    """Sentences of a bundled slice of the NCBI corpus."""
    return ncbi_sentences(fixtures_dir, "train", "devel", "test")


@pytest.fixture(scope="module")
def corpus(lines, tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "ncbi.txt"
    path.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_an_albert_model_with_alberts_pieces(run, corpus, tmp_path):
    prefix = tmp_path / "new" / "30k-clean"
    result = run(
        f"--input_file={corpus}",
        f"--model_prefix={prefix}",
        "--vocab_size=600",
        program=("-c", REPORT_TENSORFLOW, SCRIPT),
    )
    assert result.returncode == 0, result.stderr
    said = result.stderr.splitlines()
    assert [line for line in said if "mode 0600" not in line] == [
        "heavy: []"  # no log of the library
    ]
    tokenizer = load_sentencepiece(f"{prefix}.model", lower_case=True)
    assert tokenizer.vocab_size == 600
    assert tokenizer.all_pieces[:13] == (
        *("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"),
        *("(", ")", '"', "-", ".", "–", "£", "€"),
    )
    assert tokenizer.mask_id == 4
    assert not any(piece.lower() != piece for piece in tokenizer.all_pieces[5:])
    model = (tmp_path / "new" / "30k-clean.model").read_bytes()
    assert model_type(model) == UNIGRAM
    assert sorted(path.name for path in prefix.parent.iterdir()) == [
        "30k-clean.model",
        "30k-clean.vocab",
    ]


@pytest.mark.shared
def test_the_symbols_are_those_of_the_published_model(shared_dir):
    path = shared_dir / "data" / "vocab" / "albert-30k" / "30k-clean.model"
    published = load_sentencepiece(str(path), lower_case=True).all_pieces
    options = SentencePieceOptions()
    symbols = (*options.control_symbols, *options.user_defined_symbols)
    assert published[2 : 2 + len(symbols)] == symbols
    assert len(published) == options.vocab_size


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_the_list_of_pieces_is_the_librarys(lines, tmp_path, kind):
    options = SentencePieceOptions(model_type=kind, vocab_size=500)
    trained = train_sentencepiece(lines, options)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_prefix=str(tmp_path / "library"),
        **options.for_library(),
    )
    theirs = (tmp_path / "library.vocab").read_text(encoding="utf-8")
    assert trained.vocab_text() == theirs
    assert trained.num_lines == len(lines)


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_every_process_and_every_order_of_files_gives_the_same_model(
    run, lines, tmp_path, kind
):
    # Fewer lines are wanted than there are: the case in which the library
    # by itself draws others in each process.
    halves = []
    for i in range(2):
        halves.append(tmp_path / f"half{i}.txt")
        halves[i].write_text("\n".join(lines[i::2]) + "\n", encoding="utf-8")
    digests = []
    for number, order in enumerate((halves, halves[::-1])):
        result = run(
            f"--input_file={order[0]},{order[1]}",
            f"--model_prefix={tmp_path}/spm{number}",
            f"--model_type={kind}",
            "--vocab_size=300",
            "--input_sentence_size=150",
            PYTHONHASHSEED=str(number + 1),
        )
        assert result.returncode == 0, result.stderr
        model = (tmp_path / f"spm{number}.model").read_bytes()
        digests.append(hashlib.sha256(model).hexdigest())
        assert " from 150 lines" in result.stdout
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("count", "wanted", "kept"), [(10, 3, 3), (10, 10, 10), (10, 99, 10)]
)
def test_lines_are_kept_evenly(count, wanted, kept):
    numbers = list(map(str, range(count)))
    found = list(spread_lines(numbers, num_lines=count, num_wanted=wanted))
    assert len(found) == kept
    gaps = {int(b) - int(a) for a, b in itertools.pairwise(found)}
    assert max(gaps) - min(gaps) <= 1


def test_text_is_cleaned_as_albert_cleans_it(train, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("Café  Ünïted\tﬁne\n" * 20, encoding="utf-8")
    train(
        f"--input_file={text}",
        f"--model_prefix={tmp_path}/m",
        "--vocab_size=30",
        "--model_type=bpe",
        "--character_coverage=1.0",
    )
    tokenizer = load_sentencepiece(f"{tmp_path}/m.model", lower_case=True)
    letters = {p for p in tokenizer.all_pieces[13:] if len(p) == 1}
    assert letters == set("cafeunitd▁")
    train(
        f"--input_file={text}",
        f"--model_prefix={tmp_path}/cased",
        "--vocab_size=30",
        "--model_type=bpe",
        "--character_coverage=1.0",
        "--do_lower_case=false",
    )
    cased = load_sentencepiece(f"{tmp_path}/cased.model", lower_case=False)
    assert {"C", "U"} <= set(cased.all_pieces)


def test_a_vocabulary_for_bert_as_scibert_made_it(train, corpus, tmp_path):
    vocabulary = tmp_path / "vocab.txt"
    train(
        f"--input_file={corpus}",
        f"--model_prefix={tmp_path}/bpe",
        "--model_type=bpe",
        "--vocab_size=600",
        "--character_coverage=1.0",
        f"--wordpiece_vocab_file={vocabulary}",
        "--layout=scivocab",
    )
    pieces = read_pieces(str(vocabulary))
    assert pieces[101:105] == ("[UNK]", "[CLS]", "[SEP]", "[MASK]")
    tokenizer = load_wordpiece(str(vocabulary), lower_case=True)
    text = corpus.read_text(encoding="utf-8")
    assert tokenizer.unk_id not in tokenizer.encode(text)
    # Every piece is one that words can have.
    for piece in pieces[105:]:
        word = piece.replace("##", "0", 1) if len(piece) > 2 else piece
        assert tokenizer.reference.words(word) == [word]
    with open(f"{tmp_path}/bpe.vocab", encoding="utf-8") as file:
        learned = [line.split("\t")[0] for line in file]
    long = {p for p in learned if len(p.removeprefix("▁")) > 1} - {"<unk>"}
    assert {p[1:] if p.startswith("▁") else f"##{p}" for p in long} <= set(
        pieces
    )


def test_too_large_a_vocabulary_is_told_the_largest(train, corpus, tmp_path):
    arguments = (f"--input_file={corpus}", f"--model_prefix={tmp_path}/m")
    with pytest.raises(InputError, match="not hold so many") as caught:
        train(*arguments)
    assert list(tmp_path.glob("m*")) == []
    size = str(caught.value.expected).split()[0]
    train(*arguments, f"--vocab_size={size}")
    tokenizer = load_sentencepiece(f"{tmp_path}/m.model", lower_case=True)
    assert tokenizer.vocab_size == int(size)


def test_nothing_is_overwritten_unless_that_is_said(train, corpus, tmp_path):
    arguments = (
        f"--input_file={corpus}",
        f"--model_prefix={tmp_path}/m",
        "--vocab_size=200",
    )
    (tmp_path / "m.vocab").write_text("mine")
    with pytest.raises(InputError, match="there already"):
        train(*arguments)
    assert (tmp_path / "m.vocab").read_text() == "mine"
    train(*arguments, "--overwrite_output")
    assert (tmp_path / "m.vocab").read_text().startswith("<pad>\t0\n<unk>\t0")


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("m.vocab", "--model_prefix={tmp}/x"),
        ("m.txt", "--wordpiece_vocab_file={tmp}/m.txt"),
    ],
)
def test_the_text_is_not_overwritten(train, corpus, tmp_path, name, flag):
    text = tmp_path / name
    text.write_bytes(corpus.read_bytes())
    (tmp_path / "x.vocab").symlink_to(text)
    with pytest.raises(InputError, match="what is read would be overwritten"):
        train(
            f"--input_file={text}",
            f"--model_prefix={tmp_path}/other",
            flag.format(tmp=tmp_path),
            "--overwrite_output",
        )
    assert text.read_bytes() == corpus.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no file to write to"),
        (("--model_prefix={tmp}/m",), "no text to read"),
        (("--model_prefix={tmp}/m", "--input_file={blank}"), "no text to"),
        (
            (
                "--model_prefix={tmp}/m",
                "--input_file={few}",
                "--max_sentence_length=5",
            ),
            "2 lines, all longer than 5 bytes",
        ),
        (
            (
                "--model_prefix={tmp}/m",
                "--input_file={few}",
                "--vocab_size=15",
            ),
            "too small for its characters",
        ),
        (("--model_prefix={tmp}/m", "--input_file={bad}"), "bad.txt:2"),
        (
            (
                "--model_prefix={tmp}/m",
                "--input_file={few}",
                "--layout=cased",
            ),
            "--layout has nothing to act on",
        ),
        (
            (
                "--model_prefix={tmp}/m",
                "--input_file={few}",
                "--wordpiece_vocab_file={tmp}/v",
                "--control_symbols=[CLS]",
            ),
            "--control_symbols has nothing to act on",
        ),
    ],
)
def test_what_cannot_be_is_said(train, tmp_path, arguments, words):
    places = {"tmp": tmp_path}
    for name, text in (
        ("blank", b"\n \n"),
        ("few", b"secret words\nsecret too\n"),
        ("bad", b"fine\nsecret \xff\n"),
    ):
        places[name] = tmp_path / f"{name}.txt"
        places[name].write_bytes(text)
    with pytest.raises(InputError, match=words) as caught:
        train(*(argument.format(**places) for argument in arguments))
    assert caught.value.next_step
    assert "secret" not in str(caught.value)
    assert list(tmp_path.glob("m*")) == []


def test_long_lines_are_counted(lines):
    options = SentencePieceOptions(vocab_size=200)
    trained = train_sentencepiece([*lines, "word " * 2000], options)
    assert trained.num_too_long == 1
    assert trained.num_lines == len(lines)


def test_help_teaches(run):
    result = run("--help")
    assert result.returncode == 0
    assert "--model_type=bpe --vocab_size=31000" in result.stdout
    for name in (
        "vocab_size=30000",
        "character_coverage=0.99995",
        "input_sentence_size=10000000",
        'user_defined_symbols=(,),",-,.,–,£,€',
    ):
        assert f"--{name}" in result.stdout
