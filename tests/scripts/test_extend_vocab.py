"""New pieces in a whole model: what was known is kept, to the bit."""

import json
import shutil
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
import tokenizers
from absl import flags

from cli import extension_run, vocabulary_extension
from conversion import extended_model
from foundation.errors import InputError
from modeling.weights.huggingface import open_huggingface
from modeling.weights.tf1 import Tf1Bundle
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from tests.scripts.script_runs import REPORT_TENSORFLOW, run_program

TABLE, BIAS = "bert/embeddings/word_embeddings", "cls/predictions/output_bias"
SIZE = 2048  # pieces of the demo's vocabulary


@pytest.fixture(scope="module")
def corpus(fixtures_dir):
    return str(fixtures_dir / "sample_corpus" / "abstracts.txt")


@pytest.fixture(scope="module")
def demo_dir(fixtures_dir):
    return fixtures_dir / "demo_checkpoint"


@pytest.fixture(scope="module")
def roomy_dir(demo_dir, tmp_path_factory):
    """The demo's model with [unused1] to [unused14] in its vocabulary."""
    folder = tmp_path_factory.mktemp("roomy") / "model"
    shutil.copytree(demo_dir, folder)
    lines = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    lines[2000:2014] = [f"[unused{n}]" for n in range(1, 15)]
    (folder / "vocab.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


def run(*arguments, **values):
    fv = flags.FlagValues()
    vocabulary_extension.define(fv)
    named = [f"--{name}={value}" for name, value in values.items()]
    fv(["extend_vocab.py", *arguments, *named])
    return extension_run.extend(fv)


@pytest.fixture(scope="module")
def appended(demo_dir, corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("extended") / "out"
    report = run(
        init_checkpoint=demo_dir,
        input_file=corpus,
        output_dir=folder,
        num_pieces=40,
        min_frequency=4,
        min_pieces=3,
        held_out_share=0.2,
    )
    return folder, report


def test_rows_are_appended_and_all_else_is_equal(appended, demo_dir):
    folder, report = appended
    old = Tf1Bundle(str(demo_dir / "model.ckpt-3000"))
    new = Tf1Bundle(report["checkpoint"])
    assert report["checkpoint"] == str(folder / "model.ckpt-3000")
    assert set(new.shapes) == set(old.shapes)
    for name in old.shapes:
        was, now = old.read(name), new.read(name)
        if name in (TABLE, BIAS):
            assert now.shape == (SIZE + 40, *was.shape[1:])
            now = now[:SIZE]
        assert (was == now).all(), name
    rows = (folder / "new_pieces.tsv").read_text(encoding="utf-8").split("\n")
    assert rows[0] == "id\tword\tfrequency\tpieces_before"
    pieces = load_wordpiece(str(demo_dir / "vocab.txt"), lower_case=True)
    assert len(rows) == 1 + 40 + 1
    for number, row in enumerate(rows[1:-1]):
        new_id, word, frequency, before = row.split("\t")
        assert int(new_id) == SIZE + number
        assert int(frequency) >= 4
        ids = pieces.encode_word(word)
        assert pieces.pieces(ids) == before.split(" ")
        for name in (TABLE, BIAS):
            expected = old.read(name)[ids].mean(axis=0)
            found = new.read(name)[SIZE + number]
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_what_the_next_script_needs_is_beside_it(appended, demo_dir):
    folder, report = appended
    config = json.loads((folder / "bert_config.json").read_text())
    before = json.loads((demo_dir / "bert_config.json").read_text())
    assert config == {**before, "vocab_size": SIZE + 40}
    pieces = load_wordpiece(str(folder / "vocab.txt"), lower_case=True)
    assert pieces.vocab_size == SIZE + 40
    assert sorted(report["files"] + ["extend_vocab.json"]) == sorted(
        path.name for path in folder.iterdir()
    )
    assert json.loads((folder / "extend_vocab.json").read_text()) == report


def test_the_report_measures_on_text_that_was_held_out(appended):
    report = appended[1]
    changes = report["held_out"]
    before, after = changes["before"], changes["after"]
    assert 500 < before["num_words"] == after["num_words"]
    assert before["num_words"] < 0.3 * report["num_words"]
    assert after["pieces_per_word"] < before["pieces_per_word"] - 0.05
    assert changes["num_new"] > 0
    assert changes["num_lost"] == 0
    unchanged = report["unchanged"]
    assert unchanged["num_rows"] >= 30
    assert unchanged["num_logits"] == unchanged["num_rows"] * SIZE
    assert unchanged["largest_logit"] > 5
    assert unchanged["largest_difference"] <= 1e-6


def test_neither_log_nor_screen_shows_words(
    roomy_dir, corpus, tmp_path, capfd, caplog
):
    run(
        init_checkpoint=roomy_dir,
        input_file=corpus,
        output_dir=tmp_path / "out",
        min_frequency=10,
        mode="unused",
        num_pieces=7,
    )
    said = "".join(capfd.readouterr()) + caplog.text
    table = (tmp_path / "out" / "new_pieces.tsv").read_text(encoding="utf-8")
    words = [row.split("\t")[1] for row in table.split("\n")[1:-1]]
    assert len(words) == 7
    assert [word for word in words if word in said.lower()] == []
    assert "7 new pieces (--mode=unused)" in said
    assert "7 of 10 filled" in said  # without those of the entity markers
    old = load_wordpiece(str(roomy_dir / "vocab.txt"), lower_case=True)
    new = load_wordpiece(str(tmp_path / "out" / "vocab.txt"), lower_case=True)
    assert new.vocab_size == SIZE
    changed = [i for i in range(SIZE) if old.pieces([i]) != new.pieces([i])]
    assert new.pieces(changed) == words
    assert changed == list(range(2004, 2011))


def test_albert_with_a_list_as_a_huggingface_folder(
    golden_dir, corpus, tmp_path
):
    from modeling.config import config_to_json
    from modeling.pretraining import PretrainingModel
    from modeling.weights import tf1
    from tests.tiny_configs import tiny_albert

    folder = tmp_path / "albert"
    folder.mkdir()
    shutil.copy(
        golden_dir / "tokenization" / "spm_2k.model",
        folder / "30k-clean.model",
    )
    config = tiny_albert(vocab_size=2000, max_position_embeddings=64)
    model = PretrainingModel(config, gelu_form="tanh", with_sentence=True)
    tf1.write_bundle(
        str(folder / "model.ckpt-5"),
        {**model.variables, "bert/pooler/dense/bias/adam_m": np.zeros(16)},
    )
    (folder / "albert_config.json").write_text(config_to_json(config))
    (tmp_path / "words.txt").write_text("Haplotype\nthe\nzymogenlike\n")
    report = run(
        init_checkpoint=folder,
        input_file=corpus,
        words_file=tmp_path / "words.txt",
        output_dir=tmp_path / "out",
        held_out_share=0.5,
        output_format="huggingface",
    )
    assert report["num_whole"] == 1
    assert report["num_slots_left_out"] == 1
    assert report["left_out"] == []
    assert report["vocab_size"] == 2002
    assert report["unchanged"]["num_logits"] == 64 * (2000 + 2)
    assert report["unchanged"]["largest_difference"] <= 1e-6
    assert report["held_out"]["num_new"] > 0
    out = tmp_path / "out"
    pieces = load_sentencepiece(str(out / "spiece.model"), lower_case=True)
    assert pieces.encode("Haplotype") == [2000]
    theirs = tokenizers.Tokenizer.from_file(str(out / "tokenizer.json"))
    line = "The haplotype, and Zymogenlike haplotypes"
    ids = theirs.encode(line, add_special_tokens=False).ids
    assert {2000, 2001} <= set(ids)
    assert ids == pieces.encode(line)
    written = open_huggingface(str(out))
    assert written.config["vocab_size"] == 2002
    assert written.shapes[TABLE] == (2002, 8)
    assert written.shapes[BIAS] == (2002,)
    new = written.read(TABLE)[2000]
    old = model.variables[TABLE].numpy()
    known = load_sentencepiece(str(folder / "30k-clean.model"), lower_case=True)
    expected = old[known.encode("haplotype")].mean(axis=0)
    np.testing.assert_allclose(new, expected, atol=1e-7)


def test_the_checkpoint_is_named_after_its_step():
    class Source:
        path = "outputs/model.ckpt-30"
        shapes = MappingProxyType({})

        def read(self, _):
            return np.int64(40)

    source = Source()
    assert extended_model.step_of(SimpleNamespace(source=source)) == 30
    source.shapes = {"global_step": ()}
    assert extended_model.step_of(SimpleNamespace(source=source)) == 40


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"init_checkpoint": ""}, "no model"),
        ({"output_dir": ""}, "no output folder"),
        ({"input_file": ""}, "no text to read"),
        ({"words_file": "x", "num_pieces": 5}, "--num_pieces has nothing"),
        ({"keep_marker_places": "false"}, "--keep_marker_places has nothing"),
        ({"output_dir": "{model}"}, "would be overwritten"),
        ({"output_dir": "{there}"}, "is not empty"),
        ({"min_frequency": 10**6}, "no word that is to become a piece"),
        (
            {"words_file": "{many}", "mode": "unused"},
            "more words than.*got 12.*expected 10",
        ),
        ({"words_file": "{known}"}, "no word that is to become a piece"),
    ],
)
def test_what_cannot_be_is_said(roomy_dir, corpus, tmp_path, arguments, words):
    there = tmp_path / "there"
    there.mkdir()
    (there / "mine.txt").write_text("mine\n")
    (tmp_path / "known").write_text("the\n")
    many = [f"secret{letter}x" for letter in "bcdfghjklmnp"]
    (tmp_path / "many").write_text("\n".join(many))
    places = {"model": roomy_dir, "there": there}
    places |= {name: tmp_path / name for name in ("known", "many")}
    values = {
        "init_checkpoint": roomy_dir,
        "input_file": corpus,
        "output_dir": tmp_path / "out",
        **arguments,
    }
    values = {name: str(v).format(**places) for name, v in values.items()}
    with pytest.raises(InputError, match=words) as caught:
        run(**values)
    assert caught.value.next_step
    assert "secret" not in str(caught.value)
    assert not list((tmp_path / "out").glob("*"))
    assert [path.name for path in there.iterdir()] == ["mine.txt"]


def test_a_wrong_flag_does_not_wait_for_tensorflow(root_dir):
    script = "scripts/extend_vocab.py"
    result = run_program(root_dir, "-c", REPORT_TENSORFLOW, script, "--mode=x")
    assert result.returncode == 2
    assert "heavy: []" in result.stderr
    result = run_program(root_dir, "-c", REPORT_TENSORFLOW, script, "--help")
    assert "heavy: []" in result.stderr
    for name in ("words_file", "min_frequency=20", "mode=append", "do_lower"):
        assert f"--{name}" in result.stdout


@pytest.mark.shared
@pytest.mark.weights
@pytest.mark.slow
def test_a_real_encoder_on_real_text(minilm_dir, shared_dir, tmp_path):
    text = shared_dir / "data" / "corpus" / "pubmed-docs" / "pubmed_docs.txt"
    report = run(
        init_checkpoint=minilm_dir,
        input_file=text,
        output_dir=tmp_path / "out",
        sample_megabytes=4,
        num_pieces=500,
    )
    assert report["vocab_size"] == 30522 + 500
    assert report["unchanged"]["largest_difference"] <= 1e-6
    before, after = (report["held_out"][n] for n in ("before", "after"))
    assert after["pieces_per_word"] < before["pieces_per_word"] - 0.05
    assert after["num_unknown"] == before["num_unknown"]
