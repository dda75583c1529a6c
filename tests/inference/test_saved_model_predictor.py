"""A saved model in its folder, and the client that reads it."""

from __future__ import annotations

import json
import pathlib
import re
import sys

import numpy as np
import pytest
import tensorflow as tf

from foundation.errors import InputError
from inference import saved_model_predictor
from inference.layer_outputs import LayerOutputs
from inference.saved_model import (
    build_signatures,
    describe,
    export_saved_model,
    exported_task,
)
from inference.saved_model_encoder import ExportedEncoder
from inference.saved_model_predictor import Predictor
from inference.tagger import load_tagger
from inference.trained_folder import load_trained
from tests.random_models import NAMES, write_classifier, write_questions
from tests.random_tagger import write_tagger
from tests.tiny_configs import tiny_bert

SIZES = {"max_position_embeddings": 64, "num_hidden_layers": 1}
TEXTS = (
    "the patient has no protein ( p53 ) .",
    "",
    "of disease in 1990 , 高血压",
    "cells",
)
OTHERS = ("what is it", "of the patient", "", "in cells")


@pytest.fixture(scope="module")
def vocabulary(golden_dir):
    return golden_dir / "tokenization" / "vocab_cased_2k.txt"


@pytest.fixture(scope="module")
def config(vocabulary):
    size = len(vocabulary.read_text("utf-8").splitlines())
    return tiny_bert(vocab_size=size, **SIZES)


@pytest.fixture(scope="module")
def tagger(tmp_path_factory, config, vocabulary):
    """A tagger, and the folder that it was exported to."""
    folder = tmp_path_factory.mktemp("tagger")
    write_tagger(folder, config, vocabulary, lower_case=False)
    exported = exported_task(load_trained(str(folder)))
    export_saved_model(exported, str(folder / "saved" / "1"))
    return load_tagger(str(folder)), folder / "saved" / "1"


def test_the_folder_is_whole(tagger, vocabulary):
    _, folder = tagger
    assert [p.name for p in folder.parent.iterdir()] == ["1"]
    assets = folder / "assets"
    assert sorted(p.name for p in assets.iterdir()) == [
        "biobert_kit.json",
        "label_map.json",
        "vocab.txt",
    ]
    assert (assets / "vocab.txt").read_bytes() == vocabulary.read_bytes()
    facts = json.loads((assets / "biobert_kit.json").read_text("utf-8"))
    assert facts["kind"] == "tagging"
    assert facts["labels"][:2] == ["O", "B-Sign"]
    assert facts["settings"]["max_seq_length"] == 64
    assert facts["step"] == 7
    inputs = facts["signatures"]["token_ids"]["inputs"]
    assert inputs["input_ids"] == "int32 [None, None]"
    assert facts["signatures"]["serving_default"]["inputs"] == {
        "text": "string [None]"
    }


def test_weights_are_float32_and_stored_once(tagger):
    model, folder = tagger
    found = tf.train.list_variables(str(folder / "variables" / "variables"))
    sizes = sorted(int(np.prod(shape)) for name, shape in found if shape)
    weights = model._model.variables.values()
    assert sizes == sorted(int(np.prod(w.shape)) for w in weights)


def test_a_tagger_says_what_it_says_here(tagger):
    model, folder = tagger
    predict = Predictor(str(folder), batch_size=3)
    assert predict.kind == "tagging"
    found = predict(TEXTS)
    for text, record in zip(TEXTS, found, strict=True):
        assert [
            (
                *(e["start"], e["end"], e["type"]),
                pytest.approx(e["probability"], abs=1e-5),
            )
            for e in record["entities"]
        ] == [(e.start, e.end, e.type, e.probability) for e in model(text)]
        assert record["num_words_cut"] == 0
        for word in record["words"]:
            assert text[word["start"] : word["end"]] == word["word"]
    assert sum(len(record["entities"]) for record in found) > 3
    assert predict([]) == []


def test_50_lengths_are_one_trace(tagger):
    """Nothing is traced when it is used: the signature takes any shape."""
    _, folder = tagger
    loaded = tf.saved_model.load(str(folder))
    for name in ("token_ids", "serving_default"):
        function = loaded.signatures[name]
        graph = function.graph
        for length in range(3, 53):
            ids = tf.ones([1 + length % 3, length], tf.int32)
            inputs = dict.fromkeys(("input_ids", "input_mask"), ids)
            inputs["segment_ids"] = ids - 1
            if name == "serving_default":
                inputs = {"text": tf.constant(["the " * length])}
            function(**inputs)
        assert loaded.signatures[name].graph is graph
        assert all(
            set(spec.shape) <= {None}
            for spec in function.structured_input_signature[1].values()
        )


@pytest.mark.parametrize("kind", ["classes", "labels", "score", "choice"])
def test_records_of_texts(kind, tmp_path, config, vocabulary, monkeypatch):
    write_classifier(tmp_path, config, vocabulary, kind=kind)
    pairs = kind == "classes"
    predict = not_saved(tmp_path, monkeypatch, pairs=pairs)
    columns = [TEXTS]
    if pairs or kind == "choice":
        columns.append(OTHERS)
    if kind == "choice":
        columns.append([("a", "of", "in")] * 4)
    records = predict(*columns)
    assert len(records) == 4
    for record in records:
        if kind == "score":
            assert isinstance(record["score"], float)
            continue
        shares = record["probabilities"]
        assert tuple(shares) == NAMES[kind]
        if kind == "labels":
            high = [name for name in shares if shares[name] > 0.4]
            assert record["labels"] == high
        else:
            assert record["label"] == max(shares, key=shares.get)
    assert records[1] != records[0]
    with pytest.raises(ValueError, match="expected"):
        predict(*columns, TEXTS)
    with pytest.raises(ValueError, match="got one text"):
        predict(*("a text" for _ in columns))


@pytest.mark.parametrize("kind", ["span", "yesno"])
def test_records_of_questions(kind, tmp_path, config, vocabulary, monkeypatch):
    write_questions(tmp_path, config, vocabulary, answer_type=kind)
    records = not_saved(tmp_path, monkeypatch)(OTHERS, TEXTS)
    for paragraph, record in zip(TEXTS, records, strict=True):
        if kind == "yesno":
            assert record["answer"] in ("yes", "no")
            assert 0 < record["probability_yes"] < 1
        elif record["start"] >= 0:
            span = paragraph[record["start"] : record["end"]]
            assert record["answer"] == span != ""
    if kind == "span":
        assert records[1] == {"answer": "", "start": -1, "end": -1, "score": 0}


def not_saved(folder, monkeypatch, **options):
    """Returns a predictor of a folder's model; saving it takes seconds."""
    exported = exported_task(load_trained(str(folder)), **options)
    exported.signatures = build_signatures(exported)
    assets = folder / "assets"
    assets.mkdir()
    facts = describe(exported, exported.signatures)
    (assets / "biobert_kit.json").write_text(json.dumps(facts))
    monkeypatch.setattr(
        saved_model_predictor.tf.saved_model, "load", lambda _: exported
    )
    return Predictor(str(folder))


def test_an_encoder_alone(tmp_path, config, vocabulary):
    write_classifier(tmp_path, config, vocabulary, kind="score")
    trained = load_trained(str(tmp_path))
    encoder = trained.model.encoder
    exported = ExportedEncoder(
        encoder,
        trained.tokenizer,
        max_seq_length=8,
        facts={},
        files=[],
        with_text=True,
    )
    signatures = build_signatures(exported)
    found = signatures["serving_default"](text=tf.constant(TEXTS))
    rows = {n: found[n] for n in ("input_ids", "input_mask", "segment_ids")}
    vectors, pooled = LayerOutputs(encoder, [-1], with_pooled=True)(
        {n: value.numpy() for n, value in rows.items()}
    )
    for outputs in (found, signatures["token_ids"](**rows)):
        np.testing.assert_allclose(
            outputs["sequence_output"], vectors[:, :, 0], atol=1e-5
        )
        np.testing.assert_allclose(outputs["pooled_output"], pooled, atol=1e-5)
    pieces = trained.tokenizer.encode(TEXTS[0])
    assert found["num_cut"][0] == len(pieces) - 6
    assert found["input_ids"][0, 1:7].numpy().tolist() == pieces[:6]
    starts, ends = found["piece_starts"].numpy(), found["piece_ends"].numpy()
    assert TEXTS[0][starts[0, 1] : ends[0, 1]] == "the"
    assert starts[0, 0] == starts[0, 7] == starts[1].max() == -1


def test_what_cannot_be_exported(tagger):
    _, folder = tagger
    trained = load_trained(str(folder.parents[1]))
    with pytest.raises(InputError, match="--pairs is for classifiers"):
        exported_task(trained, pairs=True)
    exported = exported_task(trained, with_text=False)
    with pytest.raises(InputError, match="there already"):
        export_saved_model(exported, str(folder))
    assert list(build_signatures(exported)) == ["token_ids"]


def test_another_format_is_refused(tagger, tmp_path):
    _, folder = tagger
    path = folder / "assets" / "biobert_kit.json"
    facts = json.loads(path.read_text("utf-8"))
    (tmp_path / "assets").mkdir()
    copy = tmp_path / "assets" / "biobert_kit.json"
    copy.write_text(json.dumps({**facts, "format": 2}))
    with pytest.raises(ValueError, match="format 2, expected 1"):
        Predictor(str(tmp_path))
    copy.write_text(json.dumps({**facts, "signatures": {}}))
    with pytest.raises(ValueError, match="token ids alone"):
        Predictor(str(tmp_path))
    copy.write_text(json.dumps({**facts, "kind": "encoder"}))
    with pytest.raises(ValueError, match="vectors, not records"):
        Predictor(str(tmp_path))


def test_the_client_needs_nothing_of_the_kit():
    text = pathlib.Path(saved_model_predictor.__file__).read_text("utf-8")
    imported = re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)
    assert {*imported} <= {
        *sys.stdlib_module_names,
        "numpy",
        "tensorflow",
        "tensorflow_text",
    }
