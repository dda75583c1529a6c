"""run_re.py from flags to files: folds, entity formats, texts alone."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from foundation.errors import InputError
from tests.ner_runs import checkpoint, lines_of, read_json, values_of
from tests.text_runs import run, run_flags, table_of

pytestmark = pytest.mark.slow

PAIRS = {
    "1": "@GENE$ is in the protein of @DISEASE$ .",
    "0": "@GENE$ and a patient with @DISEASE$ .",
}
MARKED = {
    "UPREGULATOR": "<< protein >> is of the [[ disease ]] .",
    "INHIBITOR": "[[ protein ]] and a << patient >> .",
}


def _write_fold(folder, *, rows):
    """Writes a fold as BioBERT's: no header in train, an empty dev.tsv."""
    folder.mkdir(parents=True)
    labels = ["1", "0"] * rows
    train = [f"{PAIRS[label]} {i}\t{label}" for i, label in enumerate(labels)]
    test = [
        f"{i}\t{PAIRS[label]} {i}.\t{label}"
        for i, label in enumerate(labels[:5])
    ]
    (folder / "train.tsv").write_text("\n".join(train) + "\n", "utf-8")
    (folder / "dev.tsv").write_text("", "utf-8")
    text = "\n".join(["index\tsentence\tlabel", *test]) + "\n"
    (folder / "test.tsv").write_text(text, "utf-8")


@pytest.fixture(scope="module")
def gad_dir(tmp_path_factory):
    """Folders 1, 2 and 10 of a toy GAD."""
    folder = tmp_path_factory.mktemp("GAD")
    for name in ("1", "2", "10"):
        _write_fold(folder / name, rows=12)
    (folder / "SOURCE.txt").write_text("invented", "utf-8")
    return folder


def test_biobert_s_command_line(bert_dir, gad_dir, tmp_path, caplog):
    code = run(
        bert_dir,
        "relation",
        task_name="gad",
        data_dir=gad_dir / "1",
        output_dir=tmp_path,
        do_train="true",
        do_eval="true",  # dev.tsv is empty
        do_predict="true",
        do_lower_case="true",
        num_train_epochs=40.0,
        learning_rate=2e-3,
    )
    assert code == 0
    assert "dev is not scored" in caplog.text
    rows = table_of(tmp_path / "predictions.tsv")
    assert [row["prediction"] for row in rows] == ["1", "0", "1", "0", "1"]
    assert list(rows[0]) == ["id", "gold", "prediction", "0", "1"]
    scores = values_of(tmp_path / "test_results.txt")
    assert scores["f1"] == scores["specificity"] == 1.0
    assert len(lines_of(tmp_path / "test_results.tsv")) == 5


def test_all_folds_have_folders_of_their_own(
    bert_dir, gad_dir, tmp_path, capsys
):
    given = {
        "task_name": "gad",
        "data_dir": gad_dir,
        "output_dir": tmp_path,
        "do_train": True,
        "do_predict": True,
    }
    assert run(bert_dir, "relation", folds="all", **given) == 0
    folds = read_json(tmp_path / "folds.json")
    assert "test_f1" in str(folds)
    printed = capsys.readouterr().out
    assert "mean" in printed
    for number in ("1", "2", "10"):
        folder = tmp_path / f"fold_{number}"
        assert len(table_of(folder / "predictions.tsv")) == 5
        used = read_json(folder / "results.json")["files"]["train"]
        assert used[0]["path"].endswith(f"/{number}/train.tsv")
        said = (folder / "run.flags").read_text("utf-8")
        assert "--folds" not in said  # --flagfile repeats this fold alone
    assert "--folds=all" in (tmp_path / "run.flags").read_text("utf-8")
    # Nothing is trained twice.
    again = {**given, "do_predict": False}
    assert run(bert_dir, "relation", folds="all", **again) == 3


def test_folds_that_are_not_there(bert_dir, gad_dir, tmp_path):
    given = {"task_name": "gad", "data_dir": gad_dir, "do_train": True}
    for folds in ("3", "x", "1,3"):
        with pytest.raises(InputError, match="no such folds") as error:
            run(
                bert_dir,
                "relation",
                output_dir=tmp_path,
                folds=folds,
                **given,
            )
        assert "1, 2, 10" in str(error.value)
    with pytest.raises(InputError, match="several reasons"):
        run(
            bert_dir,
            "relation",
            output_dir=tmp_path,
            folds="all",
            num_seeds=2,
            **given,
        )


def _write_jsonl(folder):
    """Writes SciBERT's ChemProt: JSON lines in .txt files."""
    folder.mkdir()
    for name, number in (("train", 24), ("dev", 4), ("test", 6)):
        labels = [list(MARKED)[i % 2] for i in range(number)]
        lines = [
            json.dumps({"text": MARKED[x], "label": x, "metadata": []})
            for x in labels
        ]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture(scope="module")
def chemprot_dir(tmp_path_factory):
    """A toy ChemProt as SciBERT has it."""
    folder = tmp_path_factory.mktemp("chemprot") / "data"
    _write_jsonl(folder)
    return folder


@pytest.fixture(scope="module")
def unused_dir(tmp_path_factory, bert_dir):
    """The encoder with a vocabulary that has [unused1] to [unused4]."""
    folder = tmp_path_factory.mktemp("unused") / "model"
    shutil.copytree(bert_dir, folder)
    pieces = (folder / "vocab.txt").read_text("utf-8").split("\n")
    pieces[-5:-1] = [f"[unused{n}]" for n in range(1, 5)]
    (folder / "vocab.txt").write_text("\n".join(pieces), "utf-8")
    return folder


@pytest.mark.parametrize("entity_format", ["as_is", "mask", "marker"])
def test_entity_formats(unused_dir, chemprot_dir, tmp_path, entity_format):
    code = run(
        unused_dir,
        "relation",
        task_name="chemprot_scibert",
        data_dir=chemprot_dir,
        output_dir=tmp_path,
        do_train=True,
        do_predict=True,
        entity_format=entity_format,
        num_train_epochs=12,
    )
    assert code == 0
    markers = tmp_path / "entity_markers.json"
    assert markers.exists() == (entity_format == "marker")
    first = table_of(tmp_path / "predictions.tsv")
    # The folder knows how its model reads entities.
    text = tmp_path / "raw.jsonl"
    lines = lines_of(chemprot_dir / "test.txt")
    raw = [json.dumps({"text": json.loads(line)["text"]}) for line in lines]
    text.write_text("\n".join(raw) + "\n", "utf-8")
    code = run_flags(
        "relation",
        task_name="chemprot_scibert",
        predict_file=text,
        output_dir=tmp_path,
    )
    assert code == 0
    again = table_of(tmp_path / "predictions.tsv")
    assert [row["prediction"] for row in again] == [
        row["prediction"] for row in first
    ]
    for one, other in zip(first, again, strict=True):
        for name in set(other) - {"id", "prediction"}:
            assert float(one[name]) == pytest.approx(float(other[name]))


def test_markers_are_rows_of_their_own_in_albert(
    albert_dir, chemprot_dir, tmp_path
):
    given = {
        "task_name": "chemprot_scibert",
        "data_dir": chemprot_dir,
        "entity_format": "marker",
        "spm_model_file": albert_dir / "30k-clean.model",
        "vocab_file": None,
        "max_seq_length": 32,
    }
    code = run(
        albert_dir,
        "relation",
        output_dir=tmp_path / "out",
        do_train=True,
        **given,
    )
    assert code == 0
    out = tmp_path / "out"
    ids = read_json(out / "entity_markers.json")
    assert sorted(ids.values()) == [2000, 2001, 2002, 2003]
    assert read_json(out / "albert_config.json")["vocab_size"] == 2004
    step = values_of_last(out)
    table = checkpoint(out, step)["bert/embeddings/word_embeddings"]
    assert table.shape[0] == 2004
    assert np.isfinite(table).all()
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    code = run_flags(
        "relation",
        task_name="chemprot_scibert",
        data_dir=chemprot_dir,
        do_predict=True,
        output_dir=copy,
    )
    assert code == 0
    assert len(table_of(copy / "predictions.tsv")) == 6


def values_of_last(folder):
    """Returns the step of the newest checkpoint."""
    text = (folder / "checkpoint").read_text("utf-8")
    return int(text.split('"')[1].rpartition("-")[2])


def test_masked_names_cannot_be_marked(unused_dir, gad_dir, tmp_path):
    with pytest.raises(InputError, match="names are masked") as error:
        run(
            unused_dir,
            "relation",
            task_name="gad",
            data_dir=gad_dir / "1",
            output_dir=tmp_path,
            do_train=True,
            entity_format="marker",
        )
    assert error.value.line == 1
    assert str(error.value.path).endswith("train.tsv")
    assert "protein" not in str(error.value)


def test_markers_that_are_cut_or_not_asked_for_are_said(
    unused_dir, chemprot_dir, tmp_path, caplog
):
    given = {"task_name": "chemprot_scibert", "data_dir": chemprot_dir}
    run(
        unused_dir,
        "relation",
        output_dir=tmp_path / "short",
        do_train=True,
        entity_format="marker",
        max_seq_length=6,
        **given,
    )
    assert "24 of 24 train rows lose an entity" in caplog.text
    data = tmp_path / "data"
    data.mkdir()
    text = "[E1] protein [/E1] is of the [E2] disease [/E2] ."
    lines = [json.dumps({"text": text, "label": x}) for x in MARKED]
    (data / "train.txt").write_text("\n".join(lines * 4), "utf-8")
    caplog.clear()
    run(
        unused_dir,
        "relation",
        task_name="chemprot_scibert",
        data_dir=data,
        output_dir=tmp_path / "plain",
        do_train=True,
    )
    assert "--entity_format=marker" in caplog.text
