"""Every head of BERT and ALBERT through TF1 and back, read by transformers."""

from __future__ import annotations

import numpy as np
import pytest

from conversion import parity
from conversion.conversion import ConversionOptions, convert
from conversion.found_model import ModelChoice, find_model
from modeling.weights.huggingface_files import open_tensors
from modeling.weights.model_heads import KINDS

_SIZES = {
    "vocab_size": 2000,
    "hidden_size": 48,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "max_position_embeddings": 64,
}
_FAMILIES = {
    "bert erf": ("Bert", {"num_hidden_layers": 3, "hidden_act": "gelu"}),
    "bert tanh": ("Bert", {"num_hidden_layers": 3, "hidden_act": "gelu_new"}),
    "albert": (
        "Albert",
        {
            "num_hidden_layers": 4,
            "num_hidden_groups": 2,
            "inner_group_num": 2,
            "embedding_size": 24,
            "hidden_act": "gelu_new",
        },
    ),
}
_LABELS = {
    "sequence_classification": ["no", "maybe", "yes"],
    "token_classification": ["O", "B-Disease", "I-Disease"],
}


@pytest.mark.parametrize("family", _FAMILIES)
@pytest.mark.parametrize("head", KINDS)
def test_nothing_is_lost_and_logits_are_equal(
    tmp_path, huggingface, family, head
):
    prefix, sizes = _FAMILIES[family]
    kind = KINDS[head]
    class_name = kind.class_name(prefix.lower())
    config = _SIZES | sizes | _labels(head)
    huggingface.make(tmp_path / "theirs", class_name, config)
    convert(str(tmp_path / "theirs"), str(tmp_path / "tf1"))
    report = convert(
        str(tmp_path / "tf1"),
        str(tmp_path / "back"),
        choice=ModelChoice(head=head),
    )
    assert report.left_out == ()
    _check_equal_tensors(tmp_path / "theirs", tmp_path / "back")
    loaded = huggingface.load(tmp_path / "back", class_name)
    for what in ("missing", "unexpected", "mismatched", "errors"):
        assert loaded[what] == [], what
    assert loaded["config"]["hidden_act"] == sizes["hidden_act"]
    names = loaded["config"]["id2label"]
    if head in _LABELS:
        assert list(names.values()) == _LABELS[head]
    _check_logits(tmp_path / "back", huggingface, class_name)


@pytest.mark.parametrize(
    ("problem_type", "labels"),
    [
        ("multi_label_classification", ["a", "b", "c", "d"]),
        ("regression", ["LABEL_0"]),
    ],
)
def test_what_a_classifier_is_for(tmp_path, huggingface, problem_type, labels):
    config = _SIZES | {
        "num_hidden_layers": 1,
        "problem_type": problem_type,
        "id2label": dict(enumerate(labels)),
    }
    name = "BertForSequenceClassification"
    huggingface.make(tmp_path / "theirs", name, config)
    convert(str(tmp_path / "theirs"), str(tmp_path / "tf1"))
    # label_map.json and the config say what the outputs are.
    convert(
        str(tmp_path / "tf1"),
        str(tmp_path / "back"),
        choice=ModelChoice(head="sequence_classification"),
    )
    loaded = huggingface.load(tmp_path / "back", name)["config"]
    assert loaded["problem_type"] == problem_type
    assert list(loaded["id2label"].values()) == labels


def test_the_originals_own_checkpoint(shared_dir, tmp_path, huggingface):
    """Against TF1's arithmetic itself: golden forward passes are elsewhere."""
    for family in ("bert", "albert"):
        folder = tmp_path / family
        convert(
            str(shared_dir / "golden" / f"{family}_tiny"),
            str(folder),
            ConversionOptions(),
        )
        name = KINDS["pretraining"].class_name(family)
        loaded = huggingface.load(folder, name)
        assert not loaded["missing"]
        assert not loaded["unexpected"]
        _check_logits(folder, huggingface, name)


def _labels(head: str) -> dict:
    if head not in _LABELS:
        return {}
    names = _LABELS[head]
    return {
        "id2label": dict(enumerate(names)),
        "label2id": {name: i for i, name in enumerate(names)},
    }


def _check_equal_tensors(first, second):
    theirs, back = open_tensors(str(first)), open_tensors(str(second))
    assert set(theirs) == set(back)
    for name, file in theirs.items():
        np.testing.assert_array_equal(file[name], back[name][name])


def _check_logits(folder, huggingface, class_name):
    """On 200 sentences, by transformers and by the kit: within 1e-5."""
    model = find_model(str(folder))
    rows = parity.rows_of(parity.sentences(), model.tokenizer, model.config)
    ours = parity.logits_of(model.source, model.config, model.kind, rows=rows)
    assert len(ours) == 200
    ids = np.zeros([200, max(map(len, rows.ids))], np.int64)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows.ids):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    inputs = {"input_ids": ids, "attention_mask": mask}
    if class_name.endswith("ForMultipleChoice"):
        inputs = {name: array[:, None] for name, array in inputs.items()}
    found = huggingface.logits(folder, class_name, inputs)
    for number, row in enumerate(rows.ids):
        theirs = _row_of(found, number, len(row))
        np.testing.assert_allclose(
            ours[number].reshape(theirs.shape), theirs, rtol=0, atol=1e-5
        )


def _row_of(found, number, length):
    """One row of what a class of transformers returns, in our form."""
    if "prediction_logits" in found:
        pairs = "seq_relationship_logits"
        return np.concatenate(
            [
                found["prediction_logits"][number, length // 2],
                found[pairs if pairs in found else "sop_logits"][number],
            ]
        )
    if "start_logits" in found:
        ends = [found[f"{end}_logits"][number] for end in ("start", "end")]
        return np.stack(ends, axis=-1)[:length]
    if "last_hidden_state" in found:
        return found["last_hidden_state"][number, :length]
    logits = found["logits"][number]
    if logits.shape[-1] == _SIZES["vocab_size"]:
        return logits[length // 2]
    return logits[:length] if logits.ndim == 2 else logits
