"""BioASQ's questions to SQuAD's and back; nothing goes unseen."""

from __future__ import annotations

import json

import pytest

from foundation.errors import InputError
from tasks.bioasq_questions import (
    from_squad,
    items_of,
    locate,
    read_bioasq,
    to_squad,
)
from tasks.questions import ReadingOptions, iterate_questions

ID = "56c073fcef6e394741000020"
QUESTIONS = [
    {
        "id": ID,
        "type": "factoid",
        "body": "Which protein?",
        "exact_answer": [["Tau", "MAPT"]],
        "snippets": [
            {"text": "Taurine is no tau, Tau is."},
            {"text": "It is MAPT."},
            {"text": "Nothing here."},
            {"text": "TAU again, and tau"},
        ],
    },
    {
        "id": "l1",
        "type": "list",
        "body": "Which genes?",
        "exact_answer": [["BRCA1", "brca-1"], ["p53"]],
        "snippets": [{"text": "p53 and BRCA1."}, {"text": "P53 alone."}],
    },
    {"id": "l2", "type": "list", "body": "Which?", "snippets": []},
    {
        "id": "y1",
        "type": "yesno",
        "body": "Is it?",
        "exact_answer": "No.",
        "snippets": [{"text": "It is not."}, {"text": "It is not so."}],
    },
    {"id": "s1", "type": "summary", "body": "What is it?"},
]


def squad(tmp_path, kind, **options):
    done = to_squad(QUESTIONS, kind, **options)
    path = tmp_path / f"{kind}.json"
    path.write_text(json.dumps(done.as_squad(kind)))
    return done, str(path)


def test_a_factoid_to_learn_from(tmp_path):
    done, path = squad(tmp_path, "factoid", with_answers=True)
    questions = list(iterate_questions(path, ReadingOptions(with_answers=True)))
    found = [(q.question_id, q.answer.text, q.answer.start) for q in questions]
    assert found == [
        (f"{ID}_000", "Tau", 19),  # a word of its own, in its own case
        (f"{ID}_001", "MAPT", 6),
        (f"{ID}_002", "TAU", 0),
    ]
    assert done.left_out == [(ID, 2, "answer not found")]
    assert done.counts["snippets"] == 4
    assert done.counts["answers not found"] == 1
    assert done.counts["answers in another case"] == 1
    assert done.counts["questions of other types"] == 4


def test_to_predict_every_snippet_stays(tmp_path):
    done, path = squad(tmp_path, "factoid", with_answers=False)
    questions = list(iterate_questions(path, ReadingOptions()))
    names = [q.question_id for q in questions]
    assert names == [f"{ID}_{i:03}" for i in range(4)]
    assert all(q.gold is None for q in questions)
    assert done.left_out == []


def test_each_item_of_a_list_is_a_question(tmp_path):
    done, path = squad(tmp_path, "list", with_answers=True)
    questions = list(iterate_questions(path, ReadingOptions(with_answers=True)))
    found = [(q.question_id, q.answer.text) for q in questions]
    assert found == [("l1_000", "BRCA1"), ("l1_001", "p53"), ("l1_002", "P53")]
    assert done.left_out == [("l2", -1, "no snippets")]
    assert done.counts["questions without a row"] == 1


def test_yes_and_no(tmp_path):
    done, path = squad(tmp_path, "yesno", with_answers=True)
    options = ReadingOptions(with_answers=True, answer_type="yesno")
    assert [q.gold for q in iterate_questions(path, options)] == [("no",)] * 2
    assert done.paragraphs[0]["qas"][0]["is_impossible"] is True


@pytest.mark.parametrize("kind", ["factoid", "list", "yesno"])
def test_there_and_back(tmp_path, kind):
    _, path = squad(tmp_path, kind, with_answers=True)
    options = ReadingOptions(answer_type="yesno" if kind == "yesno" else "span")
    (back,) = from_squad(iterate_questions(path, options), kind)["questions"]
    before = next(q for q in QUESTIONS if q["type"] == kind)
    assert (back["id"], back["body"]) == (before["id"], before["body"])
    kept = [s for s in before["snippets"] if "Nothing" not in s["text"]]
    assert back["snippets"] == kept
    if kind == "yesno":
        assert back["exact_answer"] == "no"
        return
    wanted = items_of(before["exact_answer"], kind)
    for item in items_of(back["exact_answer"], kind):
        assert any(
            {t.lower() for t in item} <= {t.lower() for t in of_one}
            for of_one in wanted
        )


def test_an_answer_may_be_part_of_a_word():
    assert locate("xTauy", ["tau"]) == ("in another case", 1, "Tau")
    assert locate("xtauy Tau", ["Tau", "tau"]) == ("as written", 6, "Tau")
    assert locate("(3+)", ["3+"]) == ("as written", 1, "3+")
    assert locate("x", ["", " "])[0] == "not found"


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"questions": [{}]},
        {"questions": [{"id": "1", "type": "list", "body": 3}]},
        {"questions": 3},
        {
            "questions": [
                {"id": "1", "type": "x", "body": "y", "snippets": [{}]}
            ]
        },
    ],
)
def test_other_files_are_refused(tmp_path, value):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(value))
    with pytest.raises(InputError, match="no questions of BioASQ"):
        read_bioasq(str(path))


def test_real_questions_go_there_and_back(tmp_path, shared_dir):
    folder = shared_dir / "data/qa/bioasq"
    questions = read_bioasq(str(folder / "4B1_golden.json"))
    for kind in ("factoid", "list", "yesno"):
        done = to_squad(questions, kind, with_answers=False)
        path = tmp_path / "squad.json"
        path.write_text(json.dumps(done.as_squad(kind)))
        found = iterate_questions(str(path), ReadingOptions())
        back = {q["id"]: q for q in from_squad(found, kind)["questions"]}
        wanted = [q for q in questions if q["type"] == kind and q["snippets"]]
        assert list(back) == [q["id"] for q in wanted]
        for question in wanted:
            assert back[question["id"]]["body"] == question["body"]
            texts = {s["text"] for s in question["snippets"]}
            assert {s["text"] for s in back[question["id"]]["snippets"]} == (
                texts
            )
