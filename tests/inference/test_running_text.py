import random

import pytest

from foundation.errors import InputError
from inference import running_text
from inference.running_text import check_running_text, cut_text


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(running_text, "MAX_PART", 200)
    monkeypatch.setattr(running_text, "_TAIL", 60)


def test_a_short_text_is_one_part():
    assert list(cut_text(["a", "b"])) == ["ab"]
    assert list(cut_text([])) == [""]


def test_cut_after_a_blank_line():
    text = 150 * "a" + "\n\n" + "B b. " * 40
    assert next(cut_text([text])) == 150 * "a" + "\n\n"
    text = text.replace("\n", "\r\n")
    assert next(cut_text([text])) == 150 * "a" + "\r\n\r\n"


def test_cut_before_the_last_sentence():
    text = "One sentence here. " * 40
    parts = list(cut_text([text]))
    assert len(parts) > 3
    assert all(part.startswith("One") for part in parts)


def test_cut_after_white_space():
    parts = list(cut_text(["word " * 100]))
    assert {part[-1] for part in parts} == {" "}
    assert len(parts) == 3


def test_cut_anywhere():
    assert list(map(len, cut_text([500 * "x"]))) == [200, 200, 100]


def test_parts_do_not_depend_on_the_pieces_and_are_the_text():
    drawn = random.Random(6)
    for _ in range(300):
        text = "".join(
            drawn.choices(["a", "B", ". ", " ", "\n", "\r\n", "é"], k=900)
        )
        text = drawn.choice([text, text.replace(" ", ""), 70 * text[:8]])
        parts = list(cut_text([text]))
        assert "".join(parts) == text
        assert all(0 < len(part) <= 200 for part in parts)
        size = drawn.randint(1, 300)
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        assert list(cut_text(pieces)) == parts


def test_tagged_words_are_no_running_text(fixtures_dir):
    path = fixtures_dir / "ncbi_disease" / "test.tsv"
    text = path.read_text("utf-8")
    for tagged in (text, text.replace("\t", " "), text.replace("\n", "\r\n")):
        with pytest.raises(InputError, match=r"rename it to \.tsv"):
            list(check_running_text([tagged], "x.txt"))
    words = " ".join(line.split("\t")[0] for line in text.split("\n"))
    assert "".join(check_running_text([words, "b"], "x.txt")) == words + "b"


def test_few_lines_that_end_like_tags_are_running_text():
    text = "Blood group O\nHepatitis B\nGrade I\n"
    assert "".join(check_running_text([text], "x.txt")) == text
