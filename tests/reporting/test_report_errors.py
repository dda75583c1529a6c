"""What became of entities, and how sentences with errors are shown."""

import html
import re
from collections import Counter

import pytest

from evaluation.entities import score_entities
from reporting.report_browser import browser
from reporting.report_errors import (
    BORDER,
    BOTH,
    INVENTED,
    MISSED,
    RIGHT,
    TYPE,
    findings,
    read_errors,
)
from tests.reporting import report_world
from tests.reporting.report_world import conll


@pytest.mark.parametrize(
    ("gold", "predicted", "kinds"),
    [
        ("B-A I-A O", "B-A I-A O", [RIGHT]),
        ("B-A I-A O", "O O O", [MISSED]),
        ("O O O", "O B-A O", [INVENTED]),
        ("B-A I-A O", "B-A O O", [BORDER]),
        ("B-A I-A O", "B-A I-A I-A", [BORDER]),
        ("B-A I-A O", "B-B I-B O", [TYPE]),
        ("B-A I-A O", "B-B O O", [BOTH]),
        ("B-A I-A I-A", "B-A O B-A", [BORDER]),  # in two pieces
        ("B-A B-A O", "B-A I-A O", [BORDER]),  # two in one
        ("B-A B-A O", "B-A O O", [RIGHT, MISSED]),  # neighbours
        ("B-A O B-A", "O B-A B-A", [MISSED, INVENTED, RIGHT]),
        ("B I O", "B O O", [BORDER]),
        ("O I-A O", "O B-A O", [RIGHT]),  # as conlleval counts
        ("O O O", "O O O", []),
    ],
)
def test_entities_that_share_words_are_one_finding(gold, predicted, kinds):
    found = findings(gold.split(), predicted.split())
    assert [f.kind for f in found] == kinds
    ends = [0, *(f.end for f in found)]
    assert all(f.start >= end for f, end in zip(found, ends, strict=False))


def test_counts_agree_with_the_scorer_on_real_sentences(tmp_path, fixtures_dir):
    path = fixtures_dir / "ncbi_disease" / "test.tsv"
    sentences = report_world.with_errors(path)
    conll(tmp_path, sentences)
    errors = read_errors(str(tmp_path), split="test")
    gold = [[tag for _, tag, _ in s] for s in sentences]
    predicted = [[tag for _, _, tag in s] for s in sentences]
    scores = score_entities(gold, predicted).micro
    assert errors.kinds[RIGHT] == scores.correct
    missed = errors.kinds[MISSED] + errors.kinds[BORDER] + errors.kinds[TYPE]
    assert missed + errors.kinds[BOTH] == scores.gold - scores.correct
    assert errors.num_sentences == len(sentences)
    wrong = [g != p for g, p in zip(gold, predicted, strict=True)]
    assert errors.num_wrong == sum(wrong)
    assert all(errors.kinds[k] > 3 for k in (MISSED, INVENTED, BORDER, TYPE))


def test_at_most_200_sentences_are_shown_and_all_are_counted(tmp_path):
    conll(tmp_path, [[("a", "B", "O")]] * 250 + [[("a", "B", "B")]] * 3)
    errors = read_errors(str(tmp_path), split="test")
    assert len(errors.sentences) == 200
    assert errors.num_wrong == 250
    assert errors.num_sentences == 253
    text = browser(errors, anchor="x", run="seed 1")
    assert "250 sentences of 253" in text
    assert "The first 200 are here" in text
    assert text.count("<li ") == 200


def test_types_that_the_file_invents_are_none(tmp_path):
    conll(tmp_path, [[("a", "B-MISC", "O-MISC"), ("b", "O-MISC", "O-MISC")]])
    errors = read_errors(str(tmp_path), split="test")
    (sentence,) = errors.sentences
    assert sentence.findings[0].types == []
    assert "MISC" not in browser(errors, anchor="x", run="seed 1")


def test_without_predictions_there_are_no_errors(tmp_path):
    assert read_errors(str(tmp_path), split="test") is None
    conll(tmp_path, [[("a", "B", "O")]])
    assert read_errors(str(tmp_path), split="dev") is None


def test_every_word_is_shown_once_and_marked(tmp_path, fixtures_dir):
    path = fixtures_dir / "ncbi_disease" / "test.tsv"
    sentences = report_world.with_errors(path)
    conll(tmp_path, sentences)
    errors = read_errors(str(tmp_path), split="test")
    text = browser(errors, anchor="x", run="seed 1")
    shown = re.findall('<p dir="auto">(.*?)</p>', text, re.S)
    assert len(shown) == len(errors.sentences)
    for markup, sentence in zip(shown, errors.sentences, strict=True):
        plain = re.sub("<small>.*?</small>", "", markup)
        plain = html.unescape(re.sub("<[^>]*>", "", plain))
        assert plain.split() == list(sentence.words)
    marks = Counter(re.findall('<mark class="(.*?)"', text))
    assert marks["e-missed"] == errors.kinds[MISSED]
    assert marks["e-type"] == errors.kinds[TYPE]


def test_gold_and_predicted_are_told_apart(tmp_path):
    words = ("familial", "breast", "cancer")
    tags = (("O", "B-D"), ("B-D", "I-D"), ("I-D", "I-D"))
    conll(tmp_path, [[(w, *t) for w, t in zip(words, tags, strict=True)]])
    text = browser(
        read_errors(str(tmp_path), split="test"), anchor="x", run="seed 1"
    )
    assert '<span class="p">familial</span>' in text
    assert '<span class="g p">breast cancer</span>' in text
    said = "gold: breast cancer (D). predicted: familial breast cancer (D)"
    assert f'title="{said}"' in text  # for a pointer, and for a reader's ear
    assert f'border: D<span class="said">. {said}. </span></small>' in text


def test_hostile_words_and_types_are_text(tmp_path):
    nasty = "<b>\u202e\"'&</li>"
    conll(tmp_path, [[(nasty, f"B-{nasty}", "O"), ("b", "O", "B-x|y\x85")]])
    text = browser(
        read_errors(str(tmp_path), split="test"), anchor="x", run="seed 1"
    )
    assert "<b>" not in text
    assert text.count("</li>") == 1
    assert html.escape(nasty) in text
