"""A CRF and constrained decoding from flags to files."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from evaluation.entities import score_entities
from foundation.errors import InputError
from tests import ner_runs, toy_corpus
from tests.ner_runs import (
    checkpoint,
    final_files,
    json_lines,
    read_json,
    run,
    run_flags,
    run_with_sigterm,
    values_of,
)
from tests.random_tagger import LABELS, write_tagger
from tests.tiny_configs import tiny_bert

CRF = ("crf/transitions", "crf/start", "crf/end")
GIVEN = {
    "train_batch_size": 16,
    "num_train_epochs": 3,
    "learning_rate": 3e-3,
    "use_crf": True,
}
STEPS = 160 // 16 * 3


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return toy_corpus.write_corpus(
        tmp_path_factory.mktemp("data") / "data", long_words=120
    )


@pytest.fixture(scope="module")
def crf_dir(bert_dir, data_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("crf") / "out"
    assert run(bert_dir, data_dir, out, **GIVEN) == 0
    return out


def last_step(folder):
    return json_lines(folder / "metrics.jsonl")[-1]["step"]


@pytest.mark.slow
def test_a_crf_is_trained_and_saved(crf_dir):
    scores = values_of(crf_dir / "test_results.txt")
    assert scores["entity_f1"] > 0.9
    assert read_json(crf_dir / "results.json")["use_crf"] is True
    assert read_json(crf_dir / "tagger.json")["uses_crf"] is True
    tensors = checkpoint(crf_dir, last_step(crf_dir))
    shapes = {name: tensors[name].shape for name in CRF}
    assert shapes == dict(zip(CRF, [(5, 5), (5,), (5,)], strict=True))
    labels = read_json(crf_dir / "label_map.json")["labels"]
    for name in CRF:
        assert tensors[name].dtype == np.float32
        assert np.abs(tensors[name]).max() > 0.01
        for slot in ("adam_m", "adam_v"):
            assert np.abs(tensors[f"{name}/{slot}"]).max() > 0
    # What it has learned: after O comes no I.
    between = tensors["crf/transitions"]
    o, b, i = (labels.index(x) for x in ("O", "B-Disease", "I-Disease"))
    assert between[b, i] > between[o, i]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["own folder", "another folder"])
def test_predicting_needs_no_flag(crf_dir, data_dir, tmp_path, place):
    """tagger.json says that there is a CRF, and which vocabulary."""
    model = shutil.copytree(crf_dir, tmp_path / "model")
    out = model if place == "own folder" else tmp_path / "out"
    named = {"init_checkpoint": model} if out != model else {}
    scores = values_of(crf_dir / "test_results.txt")
    assert (
        run_flags(
            data_dir=data_dir,
            output_dir=out,
            do_train=False,
            do_predict=True,
            **named,
        )
        == 0
    )
    again = values_of(out / "test_results.txt")
    assert again == pytest.approx(scores, abs=1e-5)
    text = tmp_path / "note.txt"
    text.write_text("the patient was given aspirin for severe renal failure .")
    run_flags(predict_file=text, output_dir=out, **named)
    found = json_lines(out / "predictions.jsonl")
    assert ("aspirin", "Chemical") in {(e["surface"], e["type"]) for e in found}


@pytest.mark.slow
def test_a_crf_is_neither_added_nor_dropped(crf_dir, bert_dir, data_dir):
    """A run goes on as it was begun."""
    for changed in ({"use_crf": False}, {"crf_learning_rate": 0.1}):
        with pytest.raises(InputError, match=r"crf.* differs"):
            run(
                bert_dir,
                data_dir,
                crf_dir,
                **{**GIVEN, "num_train_epochs": 4, **changed},
            )


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_a_crf_is_float32_in_any_precision(
    crf_dir, bert_dir, data_dir, tmp_path, precision
):
    run(
        bert_dir,
        data_dir,
        tmp_path,
        precision=precision,
        do_predict=False,
        **GIVEN,
    )
    tensors = checkpoint(tmp_path, last_step(tmp_path))
    whole = checkpoint(crf_dir, last_step(crf_dir))
    for name in (*CRF, "output_weights", "output_bias"):
        assert tensors[name].dtype == np.float32
        # No value was rounded to a shorter type on its way.
        kept = np.asarray(tensors[name]).view(np.uint32)
        assert (kept & 0xFFFF).any()
        scale = np.abs(whole[name]).max()
        assert np.abs(tensors[name] - whole[name]).max() < 0.5 * scale
    losses, expected = (
        [row["loss"] for row in json_lines(folder / "metrics.jsonl")]
        for folder in (tmp_path, crf_dir)
    )
    assert losses[:5] == pytest.approx(expected[:5], rel=0.02)


@pytest.mark.slow
def test_a_stopped_run_ends_as_a_whole_one(
    crf_dir, bert_dir, data_dir, tmp_path, monkeypatch
):
    """Bit for bit, the CRF's weights, slots and rate too."""
    run_with_sigterm(monkeypatch, 7, bert_dir, data_dir, tmp_path, **GIVEN)
    expected = final_files(crf_dir)
    assert len(expected) == 3
    assert final_files(tmp_path) == expected
    losses, others = (
        [row["loss"] for row in json_lines(folder / "metrics.jsonl")]
        for folder in (tmp_path, crf_dir)
    )
    assert losses == others
    for name in ("test_results.txt", "predictions.jsonl"):
        assert (tmp_path / name).read_bytes() == (crf_dir / name).read_bytes()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"use_crf": True, "label_scheme": "biobert"}, "one label a word"),
        ({"use_crf": True, "class_weights": "balanced"}, "whole sentences"),
        ({"crf_learning_rate": 0.01}, "without a CRF"),
    ],
)
def test_flags_that_clash(bert_dir, tmp_path, given, problem):
    data = toy_corpus.write_corpus(tmp_path / "data", train=32, other=2)
    with pytest.raises(InputError, match=problem):
        run(bert_dir, data, tmp_path / "out", **given)
    assert not list(tmp_path.glob("out/*"))


def is_iob2(tags):
    return all(
        tag[0] != "I" or (before[0] in "BI" and before[1:] == tag[1:])
        for before, tag in zip(["O", *tags[:-1]], tags, strict=True)
    )


@pytest.fixture
def wild_data(tmp_path):
    """Gold tags of the random tagger's types."""
    folder = tmp_path / "data"
    folder.mkdir()
    names = {"Disease": "Sign", "Chemical": "Drug"}
    text = []
    for sentence in toy_corpus.sentences(60, seed=9, longest=90):
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            letter, _, kind = tag.partition("-")
            text.append(f"{word}\t{letter}-{names[kind]}" if kind else "the\tO")
        text.append("")
    (folder / "test.tsv").write_text("\n".join(text) + "\n")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("uses_crf", [False, True])
def test_written_tags_are_valid_and_raw_ones_are_kept(
    bert_dir, wild_data, tmp_path, uses_crf
):
    """A model of random weights says all that IOB2 forbids."""
    size = len((bert_dir / "vocab.txt").read_text("utf-8").splitlines())
    folder = write_tagger(
        tmp_path / "tagger",
        tiny_bert(vocab_size=size, **ner_runs.SIZES),
        bert_dir / "vocab.txt",
        lower_case=True,
        uses_crf=uses_crf,
    )
    outputs = {}
    for constrained in (None, True, False):
        out = tmp_path / str(constrained)
        run_flags(
            data_dir=wild_data,
            output_dir=out,
            init_checkpoint=folder,
            do_train=False,
            do_predict=True,
            constrained_decoding=constrained,
        )
        lines = json_lines(out / "predictions.jsonl")
        outputs[constrained] = lines
        scores = values_of(out / "test_results.txt")
        gold = [x.split("\t")[1] for x in _rows(wild_data)]
        assert {tag for x in lines for tag in x["tags"]} <= set(LABELS.labels)
        raw = [x["raw_tags"] for x in lines]
        tags = [x["tags"] for x in lines]
        assert sum(map(len, raw)) == len(gold)
        if not uses_crf:
            assert sum(not is_iob2(x) for x in raw) > 10
        gold_tags = _cut_like(gold, raw)
        expected = score_entities(gold_tags, raw).micro.f1
        assert scores["entity_f1"] == pytest.approx(expected)
        if constrained is False:
            assert tags == raw
            assert "repaired_entity_f1" not in scores
        else:
            assert all(map(is_iob2, tags))
            assert all(
                t == r for t, r in zip(tags, raw, strict=True) if is_iob2(r)
            )
            repaired = score_entities(gold_tags, tags).micro.f1
            assert scores["repaired_entity_f1"] == pytest.approx(repaired)
        # The original's files hold what the headline scores are of.
        conll = (out / "NER_result_conll.txt").read_text("utf-8")
        columns = [x.split() for x in conll.split("\n") if x]
        assert [c[2] for c in columns] == [t for x in raw for t in x]
    assert json.dumps(outputs[None]) == json.dumps(outputs[True])
    assert [x["raw_tags"] for x in outputs[False]] == [
        x["raw_tags"] for x in outputs[True]
    ]


def _rows(folder):
    text = (folder / "test.tsv").read_text("utf-8")
    return [line for line in text.split("\n") if line]


def _cut_like(tags, sentences):
    left = iter(tags)
    return [[next(left) for _ in sentence] for sentence in sentences]
