"""Rows of questions in flat arrays, in memory and on disk."""

from __future__ import annotations

import numpy as np
import pytest

from tasks import answer_store, question_table
from tasks.answer_store import AnswerStore
from tasks.answers import Answer, Answers
from tasks.question_table import WindowRow, WindowTable
from tasks.questions import Paragraph, Question


def rows(number):
    rng = np.random.default_rng(number)
    for _ in range(number):
        length = int(rng.integers(4, 40))
        ids = rng.integers(1, 2000, length).astype(np.int32)
        yield WindowRow(ids, int(rng.integers(1, length)), (length // 2,))


@pytest.mark.parametrize("most", [1 << 26, 200])
def test_a_batch_is_what_was_put_in(monkeypatch, most):
    monkeypatch.setattr(question_table, "_MAX_BYTES_IN_MEMORY", most)
    table, kept = WindowTable(("label_ids",), rows(50)), list(rows(50))
    assert isinstance(table._ids, np.memmap) == (most == 200)
    assert (len(table), table.num_groups) == (50, 50)
    chosen = [7, 0, 49, 7]
    batch = table.batch(chosen, length=44)
    for position, index in enumerate(chosen):
        ids, num_before, (label,) = kept[index]
        size = len(ids)
        found = {name: values[position] for name, values in batch.items()}
        np.testing.assert_array_equal(found["input_ids"][:size], ids)
        assert not found["input_ids"][size:].any()
        assert found["input_mask"].tolist() == [1] * size + [0] * (44 - size)
        segments = [0] * num_before + [1] * (size - num_before)
        assert found["segment_ids"].tolist() == segments + [0] * (44 - size)
        assert found["label_ids"].tolist() == [label]


def test_an_empty_table():
    assert len(WindowTable((), ())) == 0


@pytest.mark.parametrize("most", [1 << 20, 100])
def test_answers_come_back_from_memory_and_disk(monkeypatch, most):
    monkeypatch.setattr(answer_store, "_MAX_BYTES_IN_MEMORY", most)
    parts = [AnswerStore("test") for _ in range(3)]
    wanted = []
    for number in range(60):
        name, text = f"q{number}", f"é\n{number}"
        best = (Answer(text, 0.1 + 1e-17, 1 / 3, -2.0), Answer("", 0.2, 0, 0))
        answers = Answers(best, number / 7 if number % 2 else None)
        gold = (text,) if number % 3 else None
        question = Question(name, "?", Paragraph(""), gold=gold)
        parts[number // 20].add(question, answers)
        wanted.append((name, answers))
    whole = parts[0]
    for part in parts[1:]:
        whole.extend(part)
    assert len(whole) == 60
    for _ in range(2):  # read as often as wanted
        assert list(whole) == wanted
    assert len(whole.table().f1) == 40
    assert whole.table().exact.all()
