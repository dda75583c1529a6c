import dataclasses
import json

import pytest

from evaluation.conlleval import count
from tasks.tagging_outputs import (
    TaggedPrediction,
    conll_lines,
    label_lines,
    prediction_lines,
    token_lines,
    write_all,
)

UNTYPED = TaggedPrediction(
    words=("Low", "New York\u00a0", "", "fever"),
    gold=("O", "B", "I", "O"),
    raw=("O", "B", "I", "O"),
    predicted=("O", "B", "I", "O"),
    probabilities=(0.9, 0.5, 0.50000049, 0.0),
    pieces=("[CLS]", "Low", "New", "##York", "[UNK]", "[SEP]"),
    word_index=(-1, 0, 1, 1, 2, -1),
    piece_labels=(),
    num_words_kept=3,
)
TYPED = TaggedPrediction(
    words=("sodium", "chloride"),
    gold=("B-Drug", "I-Drug"),
    raw=("B-Drug", "I-Drug"),
    predicted=("B-Drug", "I-Drug"),
    probabilities=(0.5, 0.25),
    pieces=("[CLS]", "sodium", "chlor", "##ide", "[SEP]"),
    word_index=(-1, 0, 1, 1, -1),
    piece_labels=(),
    num_words_kept=2,
)


def test_token_lines_have_no_blank_ones():
    lines = list(token_lines([UNTYPED, TYPED]))
    assert lines == [*UNTYPED.pieces, *TYPED.pieces]


def test_label_lines_under_word():
    assert list(label_lines([UNTYPED])) == [
        *("[CLS]", "O", "B", "X", "I", "[SEP]"),
    ]


def test_label_lines_under_biobert_are_as_predicted():
    labels = ("[CLS]", "O", "[PAD]", "X", "[SEP]", "O")
    prediction = dataclasses.replace(UNTYPED, piece_labels=labels)
    assert list(label_lines([prediction])) == [
        *("[CLS]", "O", "O", "X", "[SEP]", "O"),
    ]


def test_conll_lines_untyped_are_misc_even_outside():
    assert list(conll_lines([UNTYPED])) == [
        "Low O-MISC O-MISC",
        "New_York_ B-MISC B-MISC",
        "_ I-MISC I-MISC",
        "fever O-MISC O-MISC",
        "",
    ]


def test_conll_lines_typed_are_as_they_are():
    lines = list(conll_lines([TYPED]))
    assert lines == ["sodium B-Drug B-Drug", "chloride I-Drug I-Drug", ""]


def test_conlleval_reads_the_file():
    counts = count(conll_lines([UNTYPED, TYPED, UNTYPED]))
    assert counts.num_tokens == 10
    assert counts.correct.total() == 3


def test_prediction_lines():
    first, second = map(json.loads, prediction_lines([UNTYPED, TYPED], "ab"))
    assert first["id"] == "a"
    assert first["words"] == list(UNTYPED.words)
    assert first["probabilities"] == [0.9, 0.5, 0.5, 0.0]
    assert first["num_words_cut"] == 1
    assert first["entities"] == [
        {
            "type": None,
            "start": 1,
            "end": 3,
            "surface": "New York\u00a0 ",
            "probability": 0.25,
        }
    ]
    assert second["entities"][0]["type"] == "Drug"
    assert second["entities"][0]["surface"] == "sodium chloride"
    assert second["entities"][0]["probability"] == 0.125
    assert [json.loads(x)["id"] for x in prediction_lines([TYPED])] == ["0"]


def test_raw_tags_are_kept_beside_the_repaired_ones():
    """The original's files, which are scored, have the raw ones."""
    prediction = dataclasses.replace(TYPED, raw=("I-Drug", "I-Drug"))
    (line,) = map(json.loads, prediction_lines([prediction]))
    assert line["tags"] == ["B-Drug", "I-Drug"]
    assert line["raw_tags"] == ["I-Drug", "I-Drug"]
    assert list(label_lines([prediction]))[1] == "I-Drug"
    first, *_ = conll_lines([prediction])
    assert first == "sodium B-Drug I-Drug"


def test_json_lines_are_lines_whatever_the_words():
    words = ("a\u2028b", "c\nd", "naïve")
    prediction = dataclasses.replace(
        UNTYPED, words=words, predicted=("O",) * 3, probabilities=(1, 1, 1)
    )
    (line,) = prediction_lines([prediction])
    assert len(line.splitlines()) == 1
    assert json.loads(line)["words"] == list(words)


def test_write_all(tmp_path):
    paths = write_all(str(tmp_path), [TYPED, TYPED])
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "NER_result_conll.txt",
        "label_test.txt",
        "predictions.jsonl",
        "token_test.txt",
    ]
    assert len(paths) == 4
    tokens = (tmp_path / "token_test.txt").read_text().split("\n")
    labels = (tmp_path / "label_test.txt").read_text().split("\n")
    assert len(tokens) == len(labels) == 11
    assert tokens[-1] == labels[-1] == ""


def test_without_gold_there_is_no_result_file(tmp_path, caplog):
    write_all(str(tmp_path), [TYPED])
    write_all(str(tmp_path), [dataclasses.replace(TYPED, gold=())])
    assert not (tmp_path / "NER_result_conll.txt").exists()
    assert "of an earlier run" in caplog.text
    with pytest.raises(ValueError, match="zip"):
        list(conll_lines([dataclasses.replace(TYPED, gold=())]))
