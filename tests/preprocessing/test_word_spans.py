import random

import pytest

from preprocessing import characters
from preprocessing.word_spans import word_spans
from preprocessing.wordpiece import ReferenceWordPiece, TextRules

BERT = ReferenceWordPiece(
    {"[UNK]": 0}, TextRules(lower_case=False, strip_accents=False)
)
ODD = (
    *"aZ9éßñΩж .,-/()[]'\"%+<=>~`$^_|\t\n\r",
    *"\u00a0\u2003\u3000\u2028\u2029",  # white space
    *"\u200b\u00ad\ufeff\u200d\x01\x0b\x0c\x1c\x7f\x85\ufffd",  # dropped
    *"中国㐀豈𠀀",  # ideographs
    *"가あア",  # no ideographs to BERT
    *"\u0301\ufe0f😀🏽🧬",
    *"“”’…–·¿±°µ²½№",
    "\ue000",  # private use
    "\U000f0000",
)


def words(text):
    return [text[start:end] for start, end in word_spans(text)]


def without_dropped(text):
    flags = characters.character_table().flags
    return "".join(c for c in text if not flags[ord(c)] & characters.DROPPED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\n\u00a0", []),
        ("C57BL/6 mice.", ["C57BL", "/", "6", "mice", "."]),
        ("não-tratado", ["não", "-", "tratado"]),
        ("IL-2\u2028x", ["IL", "-", "2", "x"]),
        ("中国a", ["中", "国", "a"]),
        ("hyper\u00adtension", ["hyper\u00adtension"]),
        ("\ufeffPatient\u200b \u200b.", ["Patient", "."]),
        ("\u200b \x01\ufffd", []),
        ("a\x0cb", ["a\x0cb"]),  # BERT drops a form feed
        ("e\u0301", ["e\u0301"]),
        ("[**Name**]", [*"[**", "Name", *"**]"]),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


def test_words_are_those_of_bert():
    drawn = random.Random(1)
    for _ in range(3000):
        text = "".join(drawn.choices(ODD, k=drawn.randint(0, 40)))
        assert [without_dropped(word) for word in words(text)] == BERT.words(
            text
        ), ascii(text)


def test_every_character_alone_is_what_bert_makes_of_it():
    for code in range(0x110000):
        text = chr(code)
        assert words(text) == BERT.words(text), hex(code)


def test_spans_are_in_order_and_start_and_end_with_something():
    drawn = random.Random(2)
    for _ in range(1000):
        text = "".join(drawn.choices(ODD, k=60))
        last = 0
        for start, end in word_spans(text):
            assert last <= start < end
            assert not text[start].isspace()
            assert not text[end - 1].isspace()
            last = end


def test_ascii_and_other_text_have_the_same_words():
    drawn = random.Random(3)
    for _ in range(1000):
        text = "".join(map(chr, drawn.choices(range(128), k=50)))
        assert word_spans(text) == word_spans(text + " é")[:-1]


def test_real_text(fixtures_dir):
    text = (fixtures_dir / "ncbi_disease" / "test.tsv").read_text("utf-8")
    assert words(text) == BERT.words(text)
