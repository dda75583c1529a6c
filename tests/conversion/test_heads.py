"""Every head into a Hugging Face folder, against transformers' own numbers.

tests/huggingface asks transformers itself, where it is installed.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from conversion import parity
from conversion.conversion import convert
from conversion.found_model import ModelChoice, find_model
from modeling.weights import huggingface_names as names
from modeling.weights import tf1
from modeling.weights.huggingface import open_huggingface
from modeling.weights.huggingface_files import open_tensors
from modeling.weights.model_heads import KINDS

_MODELS = [
    ("bert_tiny", "gelu", "erf"),
    ("bert_tiny", "gelu_new", "tanh"),
    ("albert_tiny", "gelu_new", "tanh"),
]


@pytest.fixture(scope="module")
def folder(fixtures_dir):
    return fixtures_dir / "huggingface"


@pytest.fixture(scope="module")
def golden(folder):
    with np.load(folder / "heads.npz") as arrays:
        return dict(arrays)


@pytest.mark.usefixtures("few_sentences")
@pytest.mark.parametrize(("name", "act", "form"), _MODELS)
def test_all_heads(tmp_path, folder, golden, name, act, form):
    classes = json.loads((folder / "classes.json").read_text())
    with np.load(folder / name / "expected.npz") as expected:
        inputs = dict(expected)
    rows = parity.Rows(
        tuple(
            tuple(int(i) for i in ids[: mask.sum()])
            for ids, mask in zip(
                inputs["input_ids"], inputs["input_mask"], strict=True
            )
        ),
        are_text=False,
    )
    for head, kind in KINDS.items():
        bundle = tmp_path / head / "model.ckpt-7"
        _write_tf1(bundle, folder / name, kind, golden=golden)
        target = tmp_path / f"{head}-hf"
        convert(
            str(bundle),
            str(target),
            choice=ModelChoice(
                head=head,
                config_file=str(folder / name / "config.json"),
                gelu_form=form,
            ),
        )
        model = find_model(str(target))
        assert model.kind is kind
        family = model.config.family
        config = json.loads((target / "config.json").read_text())
        assert config["hidden_act"] == act
        assert config["architectures"] == [kind.class_name(family)]
        assert _shapes(target) == classes[kind.class_name(family)]
        ours = parity.logits_of(model.source, model.config, kind, rows=rows)
        theirs = f"{name}/{act}/{kind.class_suffix}"
        for number, row in enumerate(rows.ids):
            wanted = _row_of(golden, theirs, number=number, length=len(row))
            np.testing.assert_allclose(
                ours[number].reshape(wanted.shape), wanted, rtol=0, atol=1e-5
            )


def _write_tf1(prefix, encoder, kind, *, golden):
    """A bundle as a run leaves it: encoder, head, slots and step."""
    source = open_huggingface(str(encoder))
    tensors = {n: source.read(n) for n in source.shapes if kind.takes(n)}
    for key, array in golden.items():
        start = f"{encoder.name}/{kind.class_suffix}/"
        if key.startswith(start):
            original, transposed = names.to_original(
                key.removeprefix(start), source.family
            )
            assert not transposed
            tensors[original] = array
    slots = {
        f"{n}/{slot}": np.ones_like(array)
        for n, array in tensors.items()
        for slot in ("adam_m", "adam_v")
    }
    prefix.parent.mkdir()
    step = {"global_step": np.array(7, np.int64)}
    tf1.write_bundle(str(prefix), tensors | slots | step)


def _shapes(folder):
    tensors = open_tensors(str(folder))
    return {name: list(file.shapes[name]) for name, file in tensors.items()}


def _row_of(golden, key, *, number, length):
    """What a class of transformers returned for a row, in our form."""
    found = {
        name.rpartition("/")[2]: array[number]
        for name, array in golden.items()
        if name.startswith(f"{key}/")
    }
    if "prediction_logits" in found:
        pairs = found.get("seq_relationship_logits", found.get("sop_logits"))
        return np.concatenate([found["prediction_logits"][length // 2], pairs])
    if "start_logits" in found:
        ends = [found["start_logits"], found["end_logits"]]
        return np.stack(ends, axis=-1)[:length]
    if "last_hidden_state" in found:
        return found["last_hidden_state"][:length]
    logits = found["logits"]
    if key.endswith("ForMaskedLM"):
        return logits[length // 2]
    return logits[:length] if logits.ndim == 2 else logits
