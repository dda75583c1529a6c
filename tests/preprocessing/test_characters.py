import importlib.util
import random
import unicodedata

import pytest

from preprocessing import characters

needs_unicode_14 = pytest.mark.skipif(
    unicodedata.unidata_version != "14.0.0",
    reason="Python's own answers are those of Unicode 14 in Python 3.11 only",
)
ALL = [chr(code) for code in range(0x110000)]
MARKS = [char for char in ALL if unicodedata.combining(char)]
# Letters whose lower case or decomposition depends on their neighbours.
ODD = list("ΣΣΣσςaA.'’İIéà한글각ǅΐᾳ:·\u0345\u00ad\u0301\u0323\u302e") * 40


def has(char, flag):
    return bool(characters.character_table().flags[ord(char)] & flag)


@needs_unicode_14
def test_the_table_is_what_its_script_makes(root_dir):
    path = root_dir / "scripts" / "make_character_table.py"
    spec = importlib.util.spec_from_file_location("make_table", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with open(characters.TABLE_FILE, encoding="ascii", newline="") as file:
        assert file.read() == module.make_table()


@needs_unicode_14
def test_every_character_alone_is_as_python_says():
    for char in ALL:
        assert characters.lower(char) == char.lower()
        nfd = unicodedata.normalize("NFD", char)
        assert characters.decompose(char) == nfd
        nfkd = unicodedata.normalize("NFKD", char)
        assert characters.decompose(char, compatibility=True) == nfkd
        assert characters.is_digit(char) == char.isdigit()


@needs_unicode_14
def test_properties_are_berts_of_every_character():
    for char in ALL:
        category = unicodedata.category(char)
        dropped = char in "\0\ufffd"
        kept = char in "\t\n\r"
        assert has(char, characters.DROPPED) == (
            dropped or (category in ("Cc", "Cf") and not kept)
        )
        assert has(char, characters.DROPPED_ANY) == (
            dropped or (category[0] == "C" and not kept)
        )
        assert has(char, characters.WHITESPACE) == (kept or category == "Zs")
        ascii_mark = char.isascii() and char.isprintable() and char != " "
        assert has(char, characters.PUNCTUATION) == (
            category[0] == "P" or (ascii_mark and not char.isalnum())
        )
        assert has(char, characters.NONSPACING) == (category == "Mn")


@needs_unicode_14
def test_characters_in_company_are_as_python_says():
    rng = random.Random(14)
    alphabet = MARKS + ODD + rng.sample(ALL, 2000)
    for _ in range(20_000):
        text = "".join(rng.choices(alphabet, k=rng.randint(1, 8)))
        nfd = unicodedata.normalize("NFD", text)
        nfkd = unicodedata.normalize("NFKD", text)
        assert characters.lower(text) == text.lower(), ascii(text)
        assert characters.decompose(text) == nfd, ascii(text)
        assert characters.decompose(text, compatibility=True) == nfkd
        assert characters.strip_accents(text) == "".join(
            char for char in nfd if unicodedata.category(char) != "Mn"
        )
        assert characters.strip_combining(text) == "".join(
            char for char in nfkd if not unicodedata.combining(char)
        )


# What follows holds under any Python: facts of Unicode 14.


def test_the_table_is_of_unicode_14():
    assert characters.character_table().unicode_version == "14.0.0"


@pytest.mark.parametrize(
    ("char", "flag", "expected"),
    [
        ("\x1c", characters.DROPPED, True),  # Cc, though str.split splits on it
        ("\x85", characters.DROPPED, True),
        ("\t", characters.DROPPED_ANY, False),
        ("\u2028", characters.DROPPED_ANY, False),  # Zl
        ("\u2028", characters.WHITESPACE, False),
        ("\u3000", characters.WHITESPACE, True),
        ("\u0378", characters.DROPPED, False),  # unassigned
        ("\u0378", characters.DROPPED_ANY, True),
        ("\U0001fae8", characters.DROPPED_ANY, True),  # assigned in 15.0
        ("\u061d", characters.PUNCTUATION, True),  # new in 14.0
        ("$", characters.PUNCTUATION, True),
        ("€", characters.PUNCTUATION, False),
        ("中", characters.CJK, True),
        ("カ", characters.CJK, False),
        ("한", characters.CJK, False),
    ],
)
def test_facts(char, flag, expected):
    assert has(char, flag) is expected


@pytest.mark.parametrize(
    ("text", "lower"),
    [
        ("ΟΔΟΣ", "οδος"),
        ("ΟΔΟΣ.", "οδος."),
        ("ΟΔΟΣ.Α", "οδοσ.α"),  # the full stop is case-ignorable
        ("ΟΔΟΣ-Α", "οδος-α"),
        ("Σ", "σ"),
        ("ΑΣ\u0301", "ας\u0301"),
        ("σΣσ", "σσσ"),
        ("İ", "i̇"),
        ("\U00010570", "\U00010597"),  # Vithkuqi, new in 14.0
    ],
)
def test_lower_case(text, lower):
    assert characters.lower(text) == lower


def test_hangul_decomposes_and_marks_are_ordered():
    assert characters.decompose("한가") == "\u1112\u1161\u11ab\u1100\u1161"
    assert characters.decompose("a\u0301\u0323") == "a\u0323\u0301"
    assert characters.strip_accents("Você e maçã") == "Voce e maca"
    # A spacing mark is no accent to BERT, but it is to ALBERT.
    assert characters.strip_accents("x\u302e") == "x\u302e"
    assert characters.strip_combining("x\u302e½") == "x1⁄2"
