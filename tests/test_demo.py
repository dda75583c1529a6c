"""`make demo`, with less training: a stranger's first five minutes."""

import json
import os
import re
import subprocess
import sys

import pytest

from preprocessing.manifest import find_manifests
from preprocessing.manifest_checks import verify
from preprocessing.records import iterate_examples

pytestmark = pytest.mark.slow

EPOCHS = 4
FLOOR = 0.35  # measured: 0.45; from random weights 0.26


@pytest.fixture(scope="module")
def demo(root_dir, tmp_path_factory):
    """Runs the demo twice into one folder; returns the folder and stdout."""
    output = tmp_path_factory.mktemp("demo") / "out"
    for _ in range(2):
        done = subprocess.run(
            [
                "bash",
                "scripts/demo.sh",
                f"--num_train_epochs={EPOCHS}",
            ],
            cwd=root_dir,
            env={
                **os.environ,
                "PYTHON": sys.executable,
                "OUTPUT": str(output),
                "PRETRAINING_STEPS": "30",
            },
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    return output, done.stdout


def test_it_makes_pretraining_data(demo):
    output, shown = demo
    folder = str(output / "pretraining_data")
    (manifest,) = find_manifests(folder)
    verify(manifest, folder)
    assert manifest.num_records > 500
    assert f"{manifest.num_records} records, as its manifest says" in shown


def test_it_shows_a_record(demo, fixtures_dir):
    output, shown = demo
    path = output / "pretraining_data" / "abstracts.tfrecord"
    record = next(iterate_examples(str(path)))
    vocabulary = fixtures_dir / "demo_checkpoint" / "vocab.txt"
    pieces = vocabulary.read_text("utf-8").splitlines()
    expected = [pieces[i] for i in record["input_ids"] if i]
    between = shown[: shown.index("Then a BERT")].rpartition("[CLS]")
    words = "".join(between[1:]).split()
    braces = re.compile(r"(?<=.)\{(.+)\}$")
    assert [braces.sub("", word) for word in words] == expected
    originals = [found.group(1) for w in words if (found := braces.search(w))]
    weights = record["masked_lm_weights"]
    ids = record["masked_lm_ids"][weights > 0]
    assert originals == [pieces[i] for i in ids]
    assert len(originals) > 10


def test_it_pretrains(demo):
    output, shown = demo
    folder = output / "pretraining"
    rows = [
        json.loads(line)
        for line in (folder / "metrics.jsonl").read_text().splitlines()
    ]
    losses = {
        row["step"]: row["eval_masked_lm_loss"]
        for row in rows
        if "eval_masked_lm_loss" in row
    }
    assert sorted(losses) == [0, 30]
    assert losses[30] < losses[0]
    assert (folder / "model.ckpt-30.index").exists()
    assert (folder / "learning_curves.png").exists()
    scores = re.findall(r"from .* {2,}(0\.\d{3})$", shown, re.MULTILINE)
    pretrained, random = map(float, scores)
    assert pretrained > random


def test_it_finds_diseases_and_says_so(demo):
    output, shown = demo
    lines = (output / "test_results.txt").read_text().splitlines()
    scores = dict(line.split(" = ") for line in lines)
    f1 = float(scores["entity_f1"])
    assert f1 > FLOOR
    table = f"FB1:  {100 * f1:5.2f}"
    assert table in shown
    assert "counted as by conlleval.pl" in shown


def test_it_tags_raw_text(demo):
    output, shown = demo
    lines = (output / "text" / "predictions.jsonl").read_text().splitlines()
    text = (output / "text" / "report.txt").read_text()
    entities = [json.loads(line) for line in lines]
    assert "breast cancer" in {e["surface"] for e in entities}
    assert all(text[e["start"] : e["end"]] == e["surface"] for e in entities)
    assert "breast cancer" in shown.rpartition("And in raw text")[2]
    assert (output / "text" / "predictions.html").exists()
    assert (output / "learning_curves.png").exists()


def test_it_leaves_a_model_and_its_labels(demo):
    output, _ = demo
    labels = json.loads((output / "label_map.json").read_text())
    assert "B-Disease" in labels["labels"]
    pointer = (output / "checkpoint").read_text()
    newest = pointer.split('"')[1].split("/")[-1]
    assert (output / f"{newest}.index").exists()


def test_predicted_entities_are_words_of_their_sentence(demo):
    output, shown = demo
    surfaces = []
    for line in (output / "predictions.jsonl").read_text().splitlines():
        sentence = json.loads(line)
        for entity in sentence["entities"]:
            words = sentence["words"][entity["start"] : entity["end"]]
            assert entity["surface"] == " ".join(words)
            assert words
            surfaces.append(entity["surface"])
    assert len(surfaces) > 50
    assert surfaces[0] in shown
