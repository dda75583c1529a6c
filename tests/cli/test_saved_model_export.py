"""The flags of export_saved_model.py: honoured or refused."""

from __future__ import annotations

import json
import shutil

import pytest
from absl import flags

from cli import saved_model_export
from foundation.errors import InputError
from inference.saved_model_predictor import Predictor
from modeling.weights import tf1
from tests.random_models import write_classifier
from tests.tiny_configs import tiny_bert


def run(**values):
    fv = flags.FlagValues()
    saved_model_export.define(fv)
    given = [f"--{name}={value}" for name, value in values.items()]
    fv(["export_saved_model.py", *given])
    return saved_model_export.run(fv)


@pytest.fixture(scope="module")
def folder(golden_dir, tmp_path_factory):
    path = golden_dir / "tokenization" / "vocab_uncased_2k.txt"
    size = len(path.read_text("utf-8").splitlines())
    config = tiny_bert(vocab_size=size, num_hidden_layers=1)
    where = tmp_path_factory.mktemp("model")
    return write_classifier(where, config, path, kind="score")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"init_checkpoint": None}, "there is no model"),
        ({"output_dir": None}, "no output folder"),
        ({"precision": "bfloat16"}, "compute in float32"),
        ({"pairs": True, "raw_text": False}, "--pairs is of raw text"),
        ({"pairs": True, "encoder_only": True}, "--pairs is for classifiers"),
        ({"vocab_file": "vocab.txt"}, "--vocab_file is for a pretrained"),
        ({"gelu": "erf"}, "--gelu is for a pretrained"),
        ({"max_seq_length": 16}, "--max_seq_length is for a pretrained"),
        ({"output_dir": "."}, "there already"),
    ],
)
def test_flags_are_refused(values, problem, folder, tmp_path):
    whole = {
        "init_checkpoint": folder,
        "output_dir": tmp_path / "saved",
        **values,
    }
    with pytest.raises(InputError, match=problem):
        run(**{n: v for n, v in whole.items() if v is not None})
    assert not (tmp_path / "saved").exists()


@pytest.mark.parametrize("path", ["", "model.ckpt-7"])
def test_a_fine_tuned_model(path, folder, tmp_path, capsys):
    out = tmp_path / "a" / "1"
    checkpoint = folder / path
    assert not run(init_checkpoint=checkpoint, output_dir=out, raw_text=False)
    facts = json.loads((out / "assets" / "biobert_kit.json").read_text())
    assert facts["kind"] == "score"
    assert list(facts["signatures"]) == ["token_ids"]
    assert "of the kind score" in capsys.readouterr().out
    assert [p.name for p in out.parent.iterdir()] == ["1"]


def test_an_encoder_alone(folder, tmp_path):
    out = tmp_path / "1"
    run(
        init_checkpoint=folder,
        output_dir=out,
        raw_text=False,
        encoder_only=True,
        max_seq_length=12,
    )
    assets = out / "assets"
    facts = json.loads((assets / "biobert_kit.json").read_text())
    assert facts["kind"] == "encoder"
    assert facts["settings"]["max_seq_length"] == 12
    assert (assets / "vocab.txt").read_bytes() == (
        folder / "vocab.txt"
    ).read_bytes()


def test_an_encoder_without_a_pooler(folder, tmp_path):
    """Hugging Face's taggers and masked LMs have none."""
    source = tmp_path / "no_pooler"
    shutil.copytree(folder, source)
    prefix = str(source / "model.ckpt-7")
    bundle = tf1.Tf1Bundle(prefix)
    names = [n for n in bundle.shapes if "pooler" not in n]
    tf1.write_bundle(prefix, {name: bundle.read(name) for name in names})
    run(
        init_checkpoint=prefix,
        output_dir=tmp_path / "1",
        raw_text=False,
        encoder_only=True,
        max_seq_length=12,
    )
    path = tmp_path / "1" / "assets" / "biobert_kit.json"
    outputs = json.loads(path.read_text())["signatures"]["token_ids"]["outputs"]
    assert list(outputs) == ["sequence_output"]
    with pytest.raises(ValueError, match="token ids alone"):
        Predictor(str(tmp_path / "1"))
