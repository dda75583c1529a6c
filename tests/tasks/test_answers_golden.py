"""Windows and answers equal those of the original program."""

from __future__ import annotations

import json
from itertools import groupby

import numpy as np
import pytest

from preprocessing.tokenization import load_wordpiece
from tasks.answers import AnswerOptions, find_answers
from tasks.question_pieces import cut_paragraph
from tasks.question_windows import WindowLimits, cut_question
from tasks.questions import read_questions

# Slices that are bundled, and the whole where it is.
CASES = [
    f"{where} {name}"
    for where in ("bundled", "shared")
    for name in ("bioasq_4b", "bioasq_5b_v2")
]


@pytest.fixture(params=CASES, scope="module")
def case(request, golden_dir):
    """What went in, what came out, and what ours makes of it."""
    where, name = request.param.split()
    vocabularies = folder = golden_dir / "question_answering" / name
    if where == "shared":
        shared_dir = request.getfixturevalue("shared_dir")
        folder = shared_dir / "golden/question_answering" / name
        vocabularies = shared_dir / "data/vocab"
    flags = json.loads((folder / "flags.json").read_text())
    vocab = vocabularies / flags["vocab"]
    if where == "shared":
        vocab /= "vocab.txt"
    tokenizer = load_wordpiece(str(vocab), lower_case=flags["do_lower_case"])
    questions = read_questions(str(folder / "input.json"), with_answers=False)
    limits = WindowLimits(
        flags["max_seq_length"], flags["doc_stride"], flags["max_query_length"]
    )
    pieces = [cut_paragraph(q.paragraph, tokenizer) for q in questions]
    windows = [
        cut_question(*pair, tokenizer=tokenizer, limits=limits)
        for pair in zip(questions, pieces, strict=True)
    ]
    features = dict(np.load(folder / "features.npz"))
    return folder, flags, pieces, questions, windows, features


def test_every_input_is_equal(case):
    _, flags, _, questions, windows, features = case
    assert len(questions) == flags["examples"]
    rows = [row for of_question in windows for row in of_question]
    assert len(rows) == flags["features"]
    owners = [i for i, of_one in enumerate(windows) for _ in of_one]
    np.testing.assert_array_equal(owners, features["example_index"])
    for number, row in enumerate(rows):
        size = len(row.input_ids)
        assert size == features["input_mask"][number].sum()
        for name in ("input_ids", "segment_ids"):
            expected = features[name][number]
            np.testing.assert_array_equal(getattr(row, name), expected[:size])
            assert not expected[size:].any()


def answers_of(case):
    _, flags, pieces, questions, windows, features = case
    options = AnswerOptions(
        flags["n_best_size"],
        flags["max_answer_length"],
        flags["version_2_with_negative"],
    )
    owners = features["example_index"].tolist()
    places = {
        owner: [number for number, _ in rows]
        for owner, rows in groupby(enumerate(owners), key=lambda pair: pair[1])
    }
    for index, question in enumerate(questions):
        logits = [
            (features["start_logits"][i], features["end_logits"][i])
            for i in places[index]
        ]
        yield (
            question,
            find_answers(
                pieces[index],
                windows[index],
                logits,
                options=options,
            ),
        )


def test_every_answer_is_equal(case):
    folder, flags, *_ = case
    predictions = json.loads((folder / "predictions.json").read_text())
    n_best = json.loads((folder / "nbest_predictions.json").read_text())
    seen = []
    for question, answers in answers_of(case):
        name = question.question_id
        seen.append(name)
        expected = n_best[name]
        assert [a.text for a in answers.best] == [e["text"] for e in expected]
        for answer, entry in zip(answers.best, expected, strict=True):
            for value in ("probability", "start_logit", "end_logit"):
                assert getattr(answer, value) == pytest.approx(
                    entry[value], abs=1e-6
                )
        assert answers.text() == predictions[name]
    assert seen == list(predictions)
    assert (
        bool(flags["version_2_with_negative"])
        == (folder / "null_odds.json").exists()
    )


def test_odds_of_no_answer_are_equal(case):
    folder, flags, *_ = case
    if not flags["version_2_with_negative"]:
        assert all(a.null_odds is None for _, a in answers_of(case))
        return
    odds = json.loads((folder / "null_odds.json").read_text())
    for question, answers in answers_of(case):
        expected = odds[question.question_id]
        assert answers.null_odds == pytest.approx(expected, abs=1e-6)
