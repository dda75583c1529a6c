"""run_ner.py from flags to files, with a tiny model on bundled data."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from absl import flags

import run_ner
from cli import ner_run
from foundation.errors import InputError
from modeling.weights import tf1
from tests import ner_runs
from tests.ner_runs import lines_of, values_of

pytestmark = pytest.mark.slow

SENTENCES = {"train": 96, "devel": 24, "test": 32}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory, fixtures_dir):
    """The first sentences of the bundled slice of NCBI-disease."""
    folder = tmp_path_factory.mktemp("ncbi")
    for name, count in SENTENCES.items():
        path = fixtures_dir / "ncbi_disease" / f"{name}.tsv"
        blocks = path.read_text(encoding="utf-8").split("\n\n")[:count]
        (folder / f"{name}.tsv").write_text(
            "\n\n".join(blocks) + "\n", encoding="utf-8"
        )
    return folder


def run(model_dir, data_dir, output_dir, **values):
    """Runs the script where a sentence is a row, as in the originals."""
    given = {"overflow": "truncate", **values}
    return ner_runs.run(model_dir, data_dir, output_dir, **given)


@pytest.mark.parametrize("scheme", ["word", "biobert"])
def test_outputs(bert_dir, data_dir, tmp_path, capsys, scheme):
    code = run(
        bert_dir,
        data_dir,
        tmp_path,
        do_eval=True,
        label_scheme=scheme,
        pictures=True,
    )
    assert code == 0
    printed = capsys.readouterr().out
    assert "dev results, checkpoint of step 6" in printed
    scores = values_of(tmp_path / "test_results.txt")
    assert scores["global_step"] == 6  # int(96 / 32 * 2)
    assert scores["num_sentences"] == SENTENCES["test"]
    assert "eval_f" in values_of(tmp_path / "eval_results.txt")
    tokens = lines_of(tmp_path / "token_test.txt")
    labels = lines_of(tmp_path / "label_test.txt")
    assert len(tokens) == len(labels)
    assert tokens.count("[CLS]") == SENTENCES["test"]
    assert "[PAD]" not in tokens
    assert "[PAD]" not in labels
    predictions = [
        json.loads(line) for line in lines_of(tmp_path / "predictions.jsonl")
    ]
    conll = (tmp_path / "NER_result_conll.txt").read_text(encoding="utf-8")
    blocks = conll.strip().split("\n\n")
    assert len(predictions) == len(blocks) == SENTENCES["test"]
    for prediction, block in zip(predictions, blocks, strict=True):
        assert len(prediction["tags"]) == len(prediction["words"])
        assert len(block.splitlines()) == len(prediction["words"])
    label_map = json.loads((tmp_path / "label_map.json").read_text("utf-8"))
    expected = ["O", "B-Disease", "I-Disease"]
    if scheme == "biobert":
        expected = [
            "[PAD]", "B-Disease", "I-Disease", "O", "X", "[CLS]", "[SEP]"
        ]  # fmt: skip
    assert label_map["labels"] == expected
    logged = [json.loads(x) for x in lines_of(tmp_path / "metrics.jsonl")]
    assert [entry["step"] for entry in logged] == [1, 2, 3, 4, 5, 6]
    for name in (
        "NER_result_conll_eval.txt",
        "classification_report.txt",
        "per_entity.md",
        "per_entity.tsv",
        "learning_curves.png",
        "confusion.png",
        "tagger.json",
        "vocab.txt",
        "idx2tag.json",
    ):
        assert (tmp_path / name).stat().st_size > 0, name


def test_checkpoint_holds_original_names_and_slots_only(
    bert_dir, data_dir, tmp_path
):
    run(bert_dir, data_dir, tmp_path, do_predict=False)
    names = set(tf1.Tf1Bundle(str(tmp_path / "model.ckpt-6")).shapes)
    weights = {n for n in names if not n.endswith(("/adam_m", "/adam_v"))}
    start = tf1.Tf1Bundle(str(bert_dir / "model.ckpt-1000000")).shapes
    assert weights == {
        *start, "output_weights", "output_bias", "global_step"
    }  # fmt: skip
    trained = {n.rpartition("/")[0] for n in names - weights}
    # The tagger's loss does not reach the pooler; the originals skip it too.
    assert trained == {
        n for n in weights if n != "global_step" and "/pooler/" not in n
    }


def test_summed_loss_counts_every_position(bert_dir, data_dir, tmp_path):
    """biobert: cross-entropy summed over all of batch x max_seq_length."""
    run(
        bert_dir,
        data_dir,
        tmp_path,
        label_scheme="biobert",
        do_predict=False,
        num_train_epochs=0.34,  # one update
        hidden_dropout=0,
        attention_dropout=0,
    )
    (entry,) = (json.loads(x) for x in lines_of(tmp_path / "metrics.jsonl"))
    # A fresh head gives nearly the same chance to each of 7 classes.
    assert entry["loss"] == pytest.approx(32 * 48 * np.log(7), rel=0.1)


def test_bioalbert_readme_line(albert_dir, data_dir, tmp_path):
    code = run(
        albert_dir,
        data_dir,
        tmp_path,
        vocab_file=albert_dir / "vocab.txt",  # is not there
        do_lower_case=False,  # as the README passes
    )
    assert code == 0
    scores = values_of(tmp_path / "test_results.txt")
    assert scores["num_words"] > 0
    names = tf1.Tf1Bundle(str(tmp_path / "model.ckpt-6")).shapes
    assert "bert/encoder/embedding_hidden_mapping_in/kernel" in names


def test_best_checkpoint_is_used_and_named(bert_dir, data_dir, tmp_path):
    run(
        bert_dir,
        data_dir,
        tmp_path,
        eval_every_steps=1,
        num_train_epochs=3,
        keep_checkpoint_max=1,
    )
    results = json.loads((tmp_path / "results.json").read_text("utf-8"))
    logged = [json.loads(x) for x in lines_of(tmp_path / "metrics.jsonl")]
    dev = {
        entry["step"]: entry["dev_entity_f1"]
        for entry in logged
        if "dev_entity_f1" in entry
    }
    assert sorted(dev) == list(range(1, 10))
    best = max(dev, key=lambda step: (dev[step], -step))
    assert results["global_step"] == best
    assert results["best_on_dev"] == {"score": dev[best], "step": best}
    assert (tmp_path / f"model.ckpt-{best}.index").exists()


def test_patience_stops(bert_dir, data_dir, tmp_path):
    run(
        bert_dir,
        data_dir,
        tmp_path,
        eval_every_steps=1,
        patience=2,
        num_train_epochs=10,
        learning_rate=1e-9,  # nothing gets better
    )
    pointer = (tmp_path / "checkpoint").read_text(encoding="utf-8")
    assert 'model_checkpoint_path: "model.ckpt-3"' in pointer


def test_predict_alone_repeats_the_scores(bert_dir, data_dir, tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    run(bert_dir, data_dir, first)
    scores = values_of(first / "test_results.txt")
    only_test = tmp_path / "data"
    only_test.mkdir()
    shutil.copy(data_dir / "test.tsv", only_test)
    run(bert_dir, only_test, first, do_train=False, predict_batch_size=1)
    again = values_of(first / "test_results.txt")
    assert again == pytest.approx(scores, abs=1e-5)
    # From another folder, with the trained model as first weights.
    run(
        bert_dir,
        only_test,
        second,
        do_train=False,
        init_checkpoint=first / "model.ckpt-6",
    )
    moved = values_of(second / "test_results.txt")
    assert moved == pytest.approx(scores, abs=1e-5)


def test_several_seeds(bert_dir, data_dir, tmp_path, capsys):
    run(bert_dir, data_dir, tmp_path, num_seeds=2, num_train_epochs=1)
    summary = json.loads((tmp_path / "seeds.json").read_text("utf-8"))
    values = summary["test_entity_f1"]["values"]
    assert list(values) == ["3", "4"]
    each = [
        values_of(tmp_path / f"seed_{seed}" / "test_results.txt")["entity_f1"]
        for seed in values
    ]
    assert list(values.values()) == pytest.approx(each)
    assert summary["test_entity_f1"]["mean"] == pytest.approx(np.mean(each))
    assert "test_entity_f1: mean" in capsys.readouterr().out


def test_run_flags_repeat_the_run(bert_dir, data_dir, tmp_path):
    run(bert_dir, data_dir, tmp_path / "a", num_train_epochs=1)
    fv = flags.FlagValues()
    run_ner.define_flags(fv)
    flagfile = tmp_path / "a" / "run.flags"
    fv(["x", f"--flagfile={flagfile}", f"--output_dir={tmp_path / 'b'}"])
    ner_run.run_all(fv)
    a = tf1.Tf1Bundle(str(tmp_path / "a" / "model.ckpt-3"))
    b = tf1.Tf1Bundle(str(tmp_path / "b" / "model.ckpt-3"))
    for name in a.shapes:
        np.testing.assert_array_equal(a.read(name), b.read(name), name)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_lower_precision_stays_near(bert_dir, data_dir, tmp_path, precision):
    losses = {}
    for kind in ("float32", precision):
        folder = tmp_path / kind
        run(
            bert_dir, data_dir, folder, precision=kind, do_predict=False,
            learning_rate=1e-4,
        )  # fmt: skip
        losses[kind] = [
            json.loads(x)["loss"] for x in lines_of(folder / "metrics.jsonl")
        ]
    assert losses[precision] == pytest.approx(losses["float32"], rel=0.02)


def test_train_and_dev_together_where_the_file_is_there(
    bert_dir, data_dir, tmp_path
):
    folder = tmp_path / "data"
    shutil.copytree(data_dir, folder)
    parts = [(folder / f"{n}.tsv").read_text("utf-8") for n in SENTENCES]
    (folder / "train_dev.tsv").write_text(
        "\n".join(parts[:2]), encoding="utf-8"
    )
    for name, given, expected in (
        ("a", {}, 120),
        ("b", {"eval_every_epochs": 1}, 96),
        ("c", {"train_split": "train"}, 96),
    ):
        output = tmp_path / name
        run(bert_dir, folder, output, num_train_epochs=0.4, **given)
        results = json.loads((output / "results.json").read_text("utf-8"))
        counts = [f["num_sentences"] for f in results["files"]["train"]]
        assert sum(counts) == expected


def test_examples_are_logged_only_when_asked(
    bert_dir, data_dir, tmp_path, caplog
):
    first = (data_dir / "train.tsv").read_text("utf-8").split("\t")[0].lower()
    for asked in (False, True):
        caplog.clear()
        with caplog.at_level("INFO", logger="absl"):
            run(
                bert_dir,
                data_dir,
                tmp_path / str(asked),
                do_predict=False,
                num_train_epochs=0.34,
                log_examples=asked,
            )
        logged = [r.getMessage() for r in caplog.records]
        shown = [text for text in logged if text.startswith("*** Example")]
        assert len(shown) == (5 if asked else 0)
        assert ("[CLS] " + first[:2] in "".join(shown)) == asked


def test_trained_model_keeps_its_gelu(bert_dir, data_dir, tmp_path):
    trained, other = tmp_path / "a", tmp_path / "b"
    run(bert_dir, data_dir, trained, gelu="erf")
    scores = values_of(trained / "test_results.txt")
    config = json.loads((trained / "bert_config.json").read_text("utf-8"))
    assert config["gelu_form"] == "erf"
    for folder in (trained, other):
        run(
            bert_dir,
            data_dir,
            folder,
            do_train=False,
            init_checkpoint=trained / "model.ckpt-6",
        )
        results = json.loads((folder / "results.json").read_text("utf-8"))
        assert results["gelu"] == "erf"
        again = values_of(folder / "test_results.txt")
        assert again == pytest.approx(scores, abs=1e-5)


def test_trained_model_refuses_other_inputs(bert_dir, data_dir, tmp_path):
    run(bert_dir, data_dir, tmp_path, do_predict=False)
    with pytest.raises(InputError, match="label_scheme"):
        run(
            bert_dir,
            data_dir,
            tmp_path,
            do_train=False,
            label_scheme="biobert",
        )
    with pytest.raises(InputError, match="strip_accents differs"):
        run(
            bert_dir,
            data_dir,
            tmp_path,
            do_train=False,
            strip_accents="false",
        )
    with pytest.raises(InputError, match="learning_rate differs"):
        run(bert_dir, data_dir, tmp_path, learning_rate=1e-4)


def test_dev_cannot_choose_when_it_is_trained_on(bert_dir, data_dir, tmp_path):
    with pytest.raises(InputError, match="dev cannot choose"):
        run(
            bert_dir,
            data_dir,
            tmp_path,
            train_split="train_dev",
            eval_every_epochs=1,
        )


def test_iobes_scores_the_same_under_both_schemes(bert_dir, tmp_path):
    """Gold entities are as many whatever letters the file has."""
    counts = {}
    for scheme in ("word", "biobert"):
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        for name in ("train", "test"):
            (folder / f"{name}.tsv").write_text(
                "mice\tS-A\nrats\tS-A\nof\tO\nbig\tB-A\nred\tI-A\n"
                "dogs\tE-A\n\nno\tO\ncats\tS-A\n",
                encoding="utf-8",
            )
        run(
            bert_dir,
            folder,
            tmp_path / scheme,
            label_scheme=scheme,
            train_batch_size=1,
        )
        scores = values_of(tmp_path / scheme / "test_results.txt")
        counts[scheme] = scores["num_entities_gold"]
    assert counts == {"word": 4, "biobert": 4}


def test_model_of_the_original_script_predicts(bert_dir, data_dir, tmp_path):
    """A checkpoint with seven labels and no label_map.json, untyped data."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in SENTENCES:
        text = (data_dir / f"{name}.tsv").read_text("utf-8")
        untyped = text.replace("-Disease", "")
        (folder / f"{name}.tsv").write_text(untyped, encoding="utf-8")
    trained, original = tmp_path / "trained", tmp_path / "original"
    run(bert_dir, folder, trained, label_scheme="biobert")
    original.mkdir()
    for file in trained.glob("model.ckpt-6.*"):
        if not file.name.endswith(".json"):
            shutil.copy(file, original)
    run(
        bert_dir,
        folder,
        original,
        do_train=False,
        label_scheme="biobert",
        init_checkpoint=original / "model.ckpt-6",
        gelu="tanh",
    )
    for name in ("label_test.txt", "token_test.txt", "NER_result_conll.txt"):
        assert lines_of(original / name) == lines_of(trained / name)
    assert "-MISC" in lines_of(original / "NER_result_conll.txt")[0]
