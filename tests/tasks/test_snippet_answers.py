"""Answers to snippets added up to answers to questions."""

from __future__ import annotations

import pytest

from foundation.errors import InputError
from tasks.snippet_answers import as_factoids, merge_snippets


def answers(*pairs):
    return [
        {"text": text, "probability": p, "start_logit": 0} for text, p in pairs
    ]


N_BEST = {
    "q1_000": answers(("Tau", 0.5), ("", 0.3), ("x" * 101, 0.2)),
    "q1_001": answers(("p53", 0.6), ("tau", 0.2), ("TAU", 0.1)),
    "q_2_12": answers(("only", 1.0)),
}


def test_equal_answers_add_up():
    merged = merge_snippets(N_BEST)
    assert list(merged) == ["q1", "q_2"]
    # "Tau" is the likeliest of its spellings.
    assert merged["q1"] == [
        ("Tau", pytest.approx(0.8)),
        ("p53", pytest.approx(0.6)),
    ]
    assert merged["q_2"] == [("only", 1.0)]


def test_five_are_handed_in_and_twenty_shown():
    many = {"q_0": answers(*((f"a{i:02}", (30 - i) / 100) for i in range(30)))}
    merged = merge_snippets(many)
    (question,) = as_factoids(merged)["questions"]
    assert question["id"] == "q"
    assert question["type"] == "factoid"
    assert question["exact_answer"] == [[f"a{i:02}"] for i in range(5)]
    (shown,) = as_factoids(merged, with_probabilities=True)["questions"]
    assert len(shown["exact_answer"]) == 20
    assert shown["exact_answer"][0] == ["a00", 0.3]


def test_of_equal_sums_the_first_seen_leads():
    merged = merge_snippets({"q_0": answers(("b", 0.4), ("a", 0.4))})
    assert [text for text, _ in merged["q"]] == ["b", "a"]


def test_other_ids_are_refused():
    with pytest.raises(InputError, match="not that of a snippet"):
        merge_snippets({"56c073fcef6e394741000020": []})
