"""Questions read, cut into windows, answers placed and found again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing.tokenization import load_wordpiece
from tasks.answers import AnswerOptions, find_answers
from tasks.question_pieces import align, cut_paragraph
from tasks.question_windows import WindowLimits, cut_question
from tasks.questions import (
    Paragraph,
    Question,
    ReadingOptions,
    iterate_questions,
    read_questions,
)

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PIECES += ["who", "was", "he", "born", "in", "18", "##95", "(", ")", "-", "."]
PIECES += ["19", "##43", "a", "b", "c", "d", "e", "f", "g", "h", "cafe"]


@pytest.fixture
def tokenizer(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(PIECES) + "\n")
    return load_wordpiece(str(path), lower_case=True)


def written(tmp_path, context, *questions):
    path = tmp_path / "questions.json"
    paragraph = {"context": context, "qas": list(questions)}
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    return str(path)


def asked(answer=None, start=0, **more):
    answers = (
        [] if answer is None else [{"text": answer, "answer_start": start}]
    )
    return {"id": "q1", "question": "who was he", "answers": answers, **more}


CONTEXT = "He was\tborn in (1895-1943).\u202fA b"


def test_words_and_answers(tmp_path):
    path = written(tmp_path, CONTEXT, asked("1895", 17))
    (question,) = read_questions(path, with_answers=True)
    assert question.paragraph.words == (
        "He",
        "was",
        "born",
        "in",
        "(1895-1943).",
        "A",
        "b",
    )
    answer = question.answer
    assert (answer.first_word, answer.last_word) == (4, 4)
    assert question.paragraph.context[answer.start : answer.end] == "1895"
    assert question.gold == ("1895",)
    (unknown,) = read_questions(path, with_answers=False)
    assert unknown.answer is None


def test_an_answer_that_is_not_there_is_left_out(tmp_path, caplog):
    path = written(tmp_path, CONTEXT, asked("1985", 17), asked("b", 99))
    assert read_questions(path, with_answers=True) == []
    assert "2 questions are left out" in caplog.text
    assert "1985" not in caplog.text


def test_questions_without_answer(tmp_path):
    path = written(tmp_path, CONTEXT, asked(is_impossible=True))
    (question,) = read_questions(
        path, with_answers=True, may_be_impossible=True
    )
    assert question.is_impossible
    assert question.answer is None
    with pytest.raises(InputError, match="0 answers of question q1"):
        read_questions(path, with_answers=True)


@pytest.mark.parametrize(
    ("context", "text", "start", "found"),
    [
        ("tau-tau is", "tau", 4, (4, 7)),
        ("tau-tau is", "tau", 5, (0, 3)),  # one beside: the word's first
        ("it is\ttau b", "is tau", 3, (3, 9)),
    ],
)
def test_where_an_answer_is(context, text, start, found):
    span = Paragraph(context).span(text, start)
    assert (span.start, span.end) == found


@pytest.mark.parametrize(
    "answers",
    [[{"answer_start": 1}], [{"text": "He", "answer_start": "0"}], [3]],
)
def test_other_answers_are_refused(tmp_path, answers):
    entry = {"id": "q1", "question": "who", "answers": answers}
    path = written(tmp_path, CONTEXT, entry)
    with pytest.raises(InputError, match="not as SQuAD's"):
        read_questions(path, with_answers=True)


@pytest.mark.parametrize("text", ["{", "[1]", '{"data": [{}]}', "{}"])
def test_other_files_are_refused(tmp_path, text):
    path = tmp_path / "questions.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"SQuAD|JSON"):
        read_questions(str(path), with_answers=False)


def cut(question, tokenizer, limits):
    pieces = cut_paragraph(question.paragraph, tokenizer)
    return cut_question(question, pieces, tokenizer=tokenizer, limits=limits)


def ids(text):
    return [PIECES.index(piece) for piece in text.split()]


def test_the_answer_is_found_inside_its_word(tmp_path, tokenizer):
    path = written(tmp_path, CONTEXT, asked("1895", 17))
    (question,) = read_questions(path, with_answers=True)
    limits = WindowLimits(32, 16, 8)
    (row,) = cut(question, tokenizer, limits)
    expected = "[CLS] who was he [SEP] he was born in ( 18 ##95 - 19 ##43 ) . "
    assert row.input_ids.tolist() == ids(expected + "a b [SEP]")
    assert row.segment_ids.tolist() == [0] * 5 + [1] * 15
    assert (row.num_before, row.first_piece) == (5, 0)
    assert row.may_start.tolist() == [True] * 14
    assert (row.start_position, row.end_position) == (10, 11)


LETTERS = Question("q", "who was he", Paragraph("a b c d e f g h"))


def test_windows_and_where_answers_may_start(tokenizer):
    # 10 positions: 3 of the question, 3 special, windows of 4 pieces.
    limits = WindowLimits(10, 2, 3)
    rows = cut(LETTERS, tokenizer, limits)
    assert [row.first_piece for row in rows] == [0, 2, 4]
    starts = [
        (np.flatnonzero(row.may_start) + row.first_piece).tolist()
        for row in rows
    ]
    # "d" ends the first window, and has a piece on either side in the second.
    assert starts == [[0, 1, 2], [3, 4], [5, 6, 7]]


def test_a_question_that_is_too_long_is_cut(tokenizer):
    limits = WindowLimits(8, 4, 1)
    row = cut(LETTERS, tokenizer, limits)[0]
    assert row.input_ids.tolist() == ids("[CLS] who [SEP] a b c d [SEP]")
    with pytest.raises(ValueError, match="at least 5"):
        WindowLimits(4, 4, 1)


@pytest.mark.parametrize("length", [0, 1, 3, 4, 5, 33, 200])
@pytest.mark.parametrize("stride", [1, 2, 7])
def test_an_answer_may_start_once_at_each_piece(tokenizer, length, stride):
    question = Question("q", "who", Paragraph("a " * length))
    rows = cut(question, tokenizer, WindowLimits(8, stride, 3))
    starts = np.concatenate(
        [np.flatnonzero(row.may_start) + row.first_piece for row in rows]
    )
    assert sorted(starts.tolist()) == list(range(length))


def test_a_long_paragraph_takes_no_longer_a_piece(tokenizer):
    # The square of 5 MB would be terabytes.
    question = Question("q", "who", Paragraph("a " * 300_000))
    rows = cut(question, tokenizer, WindowLimits(384, 128, 64))
    assert sum(int(row.may_start.sum()) for row in rows) == 300_000


def test_an_empty_paragraph_has_an_empty_window(tokenizer):
    question = Question("q", "who", Paragraph(" "))
    (row,) = cut(question, tokenizer, WindowLimits(10, 2, 3))
    assert row.input_ids.tolist() == ids("[CLS] who [SEP] [SEP]")
    pieces = cut_paragraph(question.paragraph, tokenizer)
    logits = [(np.zeros(4), np.zeros(4))]
    answers = find_answers(pieces, [row], logits, options=AnswerOptions())
    assert answers.text() == "empty"


def test_every_place_of_an_answer(tmp_path):
    context = "tau binds Tau, tau and taurine (tau)"
    path = written(tmp_path, context, asked("tau", 0))
    options = ReadingOptions(with_answers=True, all_occurrences=True)
    found = [q.answer.start for q in iterate_questions(path, options)]
    assert found == [0, 15, 32]


@pytest.mark.parametrize("form", ["yes", [{"text": "Yes"}], ["YES"]])
def test_yes_and_no(tmp_path, form):
    entry = {"id": "q", "question": "is it", "answers": form}
    path = written(tmp_path, CONTEXT, entry, {"id": "r", "question": "so"})
    options = ReadingOptions(answer_type="yesno")
    gold = [q.gold for q in iterate_questions(path, options)]
    assert gold == [("yes",), None]
    with pytest.raises(InputError, match="question r"):
        list(
            iterate_questions(
                path, ReadingOptions(with_answers=True, answer_type="yesno")
            )
        )


def answers_for(tokenizer, start, end, **options):
    """Finds answers where one start and one end stand out."""
    limits = WindowLimits(32, 16, 8)
    windows = cut(LETTERS, tokenizer, limits)
    starts, ends = np.zeros((2, 32), np.float32)
    starts[start], ends[end] = 5, 4
    return find_answers(
        cut_paragraph(LETTERS.paragraph, tokenizer),
        windows,
        [(starts, ends)],
        options=AnswerOptions(**options),
    )


def test_the_likeliest_answer(tokenizer):
    answers = answers_for(tokenizer, 6, 8)  # "a" is at 5
    best = answers.best[0]
    assert (best.text, best.start_logit, best.end_logit) == ("b c d", 5, 4)
    assert sum(a.probability for a in answers.best) == pytest.approx(1)
    assert answers.null_odds is None


def test_answers_that_cannot_be(tokenizer):
    backwards = answers_for(tokenizer, 8, 6)
    assert "d c" not in {a.text for a in backwards.best}
    assert backwards.best[0].text != ""
    short = answers_for(tokenizer, 6, 8, max_answer_length=2)
    assert max(len(a.text.split()) for a in short.best) == 2


def test_no_answer(tokenizer):
    answers = answers_for(tokenizer, 0, 0, may_be_impossible=True)
    assert answers.null_odds == pytest.approx(9)
    assert answers.text() == ""
    assert answers.text(null_score_diff_threshold=10) == "a"
    assert answers.best[0].text == ""
    alone = answers_for(
        tokenizer, 0, 0, may_be_impossible=True, max_answer_length=0
    )
    assert [a.text for a in alone.best] == [""]
    assert alone.text() == ""


@pytest.mark.parametrize(
    ("found", "words", "expected"),
    [
        ("1895", "(1895-1943).", "1895"),
        ("he was", "He was", "He was"),
        ("cafe", "Café", "Café"),
        ("steve smith", "Steve Smith's", "Steve Smith"),
        ("not there", "Steve", "Steve"),
    ],
)
def test_alignment(tokenizer, found, words, expected):
    assert align(found, words, tokenizer=tokenizer) == expected
