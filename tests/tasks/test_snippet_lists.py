"""Items of lists, and yes or no, from predictions on snippets."""

from __future__ import annotations

import pytest

from foundation.errors import InputError
from tasks.snippet_lists import as_lists, as_yes_no, is_item, number_in


def answers(*pairs):
    return [{"text": text, "probability": p} for text, p in pairs]


def items(n_best, questions=None):
    return {
        q["id"]: [text for (text,) in q["exact_answer"]]
        for q in as_lists(n_best, questions)["questions"]
    }


def test_means_over_snippets_decide():
    n_best = {
        "b_000": answers(("BRCA1", 0.6), ("brca2", 0.3), ("p53", 0.01)),
        "b_001": answers(("brca1", 0.5), ("BRCA2", 0.56)),
        "a_000": answers(("low", 0.3), ("lower", 0.2)),
    }
    # BRCA2: (0.3 + 0.56) / 2 = 0.43. Sorted by id; the best one at least.
    found = items(n_best)
    assert found == {"a": ["low"], "b": ["BRCA1", "brca2"]}
    assert list(found) == ["a", "b"]


def test_the_question_may_name_a_number():
    n_best = {
        "q_000": answers(("a", 0.5), ("b", 0.3), ("c", 0.2)),
        "q_001": answers(("b", 0.5), ("a", 0.25), ("c", 0.23)),
    }
    assert items(n_best) == {"q": ["b"]}
    named = {"q_000": "Which two genes are there?"}
    # Sums: b 0.8, a 0.75, c 0.43.
    assert items(n_best, named) == {"q": ["b", "a"]}
    assert items(n_best, {"q_001": "Name 4 genes"}) == {"q": ["b", "a", "c"]}


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("List three genes", 3),
        ("Which are the 8 types", 8),
        ("Name 9 types", None),
        ("In phase 3 trials, which drugs", None),
        ("Which drugs were shown to work in two trials", None),
        ("", None),
    ],
)
def test_numbers(question, number):
    assert number_in(question) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TNF-alpha", True),
        ("IL-2 (human)", True),
        ("IL-2 (human", False),
        ("tau.", False),
        ("", False),
        ("x" * 101, False),
        ("Ca2+", True),
    ],
)
def test_what_can_be_an_item(text, expected):
    assert is_item(text) is expected


def test_enumerations_go_where_their_parts_are_there():
    n_best = {
        f"q_{i:03}": answers((text, 0.9 - i / 100))
        for i, text in enumerate(["A and B", "A", "b", "A/C", "B, C"])
    }
    assert items(n_best) == {"q": ["A", "b", "A/C", "B, C"]}


def test_an_odd_answer_is_better_than_none():
    n_best = {"q_0": answers(("odd (", 0.9), ("", 0.1))}
    assert items(n_best) == {"q": ["odd ("]}
    assert items({"q_0": answers(("", 1.0))}) == {"q": []}


def test_yes_and_no():
    predictions = {
        "q_000": ["yes", [0.7]],
        "r_000": ["no", [-2.0]],
        "q_001": ["no", [-0.6]],
        "s_000": ["no", [0.0004]],  # rounds to 0, which is not above it
    }
    found = as_yes_no(predictions)["questions"]
    assert [(q["id"], q["exact_answer"]) for q in found] == [
        ("q", "yes"),
        ("r", "no"),
        ("s", "no"),
    ]
    strict = as_yes_no(predictions, threshold=0.5)["questions"]
    assert strict[0]["exact_answer"] == "no"
    with pytest.raises(InputError, match="yes or no"):
        as_yes_no({"q_000": "tau"})
