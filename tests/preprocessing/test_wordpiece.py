import random
import sys
import unicodedata

import pytest

from foundation.errors import InputError
from preprocessing.memo import MAX_CHARS, Memo
from preprocessing.tokenization import load_wordpiece
from preprocessing.wordpiece import MAX_CHARS_PER_WORD

# The vocabulary of google-research/bert's own test.
SPEC = [
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "want",
    "##want",
    "##ed",
    "wa",
    "un",
    "runn",
    "##ing",
    ",",
]
ODD = (
    "aaabbeinst AEINST 0123 .,;()-/%$#@[]_~`^| \t\n\r\0\x0b\x1c\x1f\x7f\x85"
    "\xa0\xad\u0378\u03a3\u0301\u0323\u064b\u1680\u180e\u200b\u200d\u2028"
    "\u2029\u2060\u202e\u3000\u302e\ue000\ufeff\ufffd\ud800àéçãßİıǅœα"
    "βΣςσΑ한글日本語カタⅧ½²–—“”€′\U0001d401\U0001f9ec\U0001fae8\U00020000"
)


@pytest.fixture
def load(tmp_path):
    def load_pieces(pieces, *, lower_case=True, **rules):
        path = tmp_path / "vocab.txt"
        path.write_text("\n".join(pieces) + "\n", encoding="utf-8")
        return load_wordpiece(str(path), lower_case=lower_case, **rules)

    return load_pieces


def words_of(tokenizer, text):
    return tokenizer.reference.words(text)


def test_vectors_of_the_original(load):
    tokenizer = load(SPEC)
    assert tokenizer.encode("UNwantéd,running") == [7, 4, 5, 10, 8, 9]
    assert tokenizer.pieces([7, 4, 5, 10, 8, 9])[1] == "##want"
    assert tokenizer.encode("unwantedX") == [0]
    assert tokenizer.encode("unwantedX running") == [0, 8, 9]
    assert tokenizer.encode("") == []
    assert tokenizer.encode_lines(["want", ""]) == [[3], []]
    assert tokenizer.family == "bert"
    assert tokenizer.lower_case is True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ah博推zz", ["ah", "博", "推", "zz"]),
        (
            " \tHeLLo!how  \n Are yoU?  ",
            ["hello", "!", "how", "are", "you", "?"],
        ),
        ("a\x1cb\x85c\u200bd\x00e\ufffdf", ["abcdef"]),  # dropped, not spaces
        ("a\u2028b\u2029c", ["a", "b", "c"]),  # kept, and str.split splits
        ("a\xa0b\u3000c", ["a", "b", "c"]),
        ("a\u0378b\ue000c", ["a\u0378b\ue000c"]),
        ("ΟΔΟΣ ΟΔΟΣ.Α", ["οδος", "οδοσ", ".", "α"]),
        ("\u0301 \u0301a", ["a"]),
        ("[CLS]", ["[", "cls", "]"]),
    ],
)
def test_words(load, text, words):
    assert words_of(load(SPEC), text) == words


def test_cased_text_keeps_capitals_and_accents(load):
    tokenizer = load(SPEC, lower_case=False)
    assert words_of(tokenizer, "HäLLo!") == ["HäLLo", "!"]


def test_biobert_and_bluebert_drop_more(load):
    text = "a\u0378b\ue000c \ud800 d\te"
    tokenizer = load(SPEC, control_characters="any")
    assert words_of(tokenizer, text) == ["abc", "d", "e"]
    with pytest.raises(InputError, match="google or any"):
        load(SPEC, control_characters="every")


def test_a_word_of_200_characters_is_the_longest(load):
    tokenizer = load(["[UNK]", "[CLS]", "[SEP]", "a", "##a"])
    assert tokenizer.encode("a" * 200) == [3] + [4] * 199
    assert tokenizer.encode("a" * 201) == [0]
    assert tokenizer.encode("A" * 201 + " a") == [0, 3]


# Verified with tokenizers 0.23.3: BertWordPieceTokenizer(vocab, lowercase=...,
# strip_accents=...), on which BertTokenizerFast stands.
ACCENTS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "Você",
    "Voce",
    "você",
    "voce",
    "e",
    "maçã",
    "maca",
    "Maçã",
    "hacía",
    "hacia",
    "möchte",
    "mochte",
]


@pytest.mark.parametrize(
    ("lower_case", "strip_accents", "pieces"),
    [
        (True, None, "voce e maca hacia mochte"),
        (True, True, "voce e maca hacia mochte"),
        (True, False, "você e maçã hacía möchte"),
        (False, None, "Você e maçã hacía möchte"),
        (False, True, "Voce e maca hacia mochte"),
        (False, False, "Você e maçã hacía möchte"),
    ],
)
def test_accents_as_bert_tokenizer_fast(
    load, lower_case, strip_accents, pieces
):
    tokenizer = load(
        ACCENTS, lower_case=lower_case, strip_accents=strip_accents
    )
    ids = tokenizer.encode("Você e maçã hacía möchte")
    assert tokenizer.pieces(ids) == pieces.split()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("vocabulary", "lower_case", "strip_accents", "pieces"),
    [  # verified with tokenizers 0.23.3, as above
        ("uncased", True, None, "vo ##ce e mac ##a"),
        ("uncased", True, False, "[UNK] e [UNK]"),
        ("cased", False, None, "V ##oc ##ê e ma ##ç ##ã"),
        ("cased", False, True, "V ##oc ##e e mac ##a"),
        ("cased", True, False, "v ##oc ##ê e ma ##ç ##ã"),
        ("cased", True, None, "v ##oc ##e e mac ##a"),
    ],
)
def test_accents_with_published_vocabularies(
    shared_dir, vocabulary, lower_case, strip_accents, pieces
):
    folder = shared_dir / "data" / "vocab" / f"bert-base-{vocabulary}"
    tokenizer = load_wordpiece(
        str(folder / "vocab.txt"),
        lower_case=lower_case,
        strip_accents=strip_accents,
    )
    ids = tokenizer.encode("Você e maçã")
    assert tokenizer.pieces(ids) == pieces.split()


def odd_texts(count, *, seed):
    rng = random.Random(seed)
    for _ in range(count):
        text = "".join(rng.choices(ODD, k=rng.randint(0, 30)))
        if rng.random() < 0.1:
            text += chr(rng.randrange(sys.maxunicode + 1))
        yield text
        yield "".join(char for char in text if char.isascii())
    for size in (MAX_CHARS_PER_WORD - 1, MAX_CHARS_PER_WORD + 2):
        yield "ab" * (size // 2) + " a"


@pytest.mark.parametrize("control_characters", ["google", "any"])
@pytest.mark.parametrize("strip_accents", [True, False])
@pytest.mark.parametrize("lower_case", [True, False])
def test_the_fast_path_is_the_reference_path(
    golden_dir, lower_case, strip_accents, control_characters
):
    name = "vocab_uncased_2k.txt" if lower_case else "vocab_cased_2k.txt"
    tokenizer = load_wordpiece(
        str(golden_dir / "tokenization" / name),
        lower_case=lower_case,
        strip_accents=strip_accents,
        control_characters=control_characters,
    )
    texts = list(odd_texts(3000, seed=int(lower_case)))
    for _ in range(2):  # the second time from memory
        for text, ids in zip(texts, tokenizer.encode_lines(texts), strict=True):
            assert ids == tokenizer.reference.encode(text), ascii(text)
            assert tokenizer.encode_word(text) == ids


IDEOGRAPHS = (
    "一\u9fff",
    "㐀䶿",
    "\U00020000\U0002a6df",
    "\U0002a700\U0002b73f",
    "\U0002b740\U0002b81f",
    "\U0002b820\U0002ceaf",
    "\uf900\ufaff",
    "\U0002f800\U0002fa1f",
)


def plain_words(text, *, lower_case, any_control):
    """BERT's words once more, from the running Python's own tables."""
    marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    cleaned = ""
    for char in text:
        category = unicodedata.category(char)
        control = category[0] == "C" if any_control else category in "Cc Cf"
        if char in "\0\ufffd" or (control and char not in "\t\n\r"):
            continue
        ideograph = any(a <= char <= b for a, b in IDEOGRAPHS)
        space = char in "\t\n\r" or category == "Zs"
        cleaned += f" {char} " if ideograph else " " if space else char
    result = ""
    for word in cleaned.split():
        if lower_case:
            word = unicodedata.normalize("NFD", word.lower())
            word = "".join(c for c in word if unicodedata.category(c) != "Mn")
        for char in word:
            is_mark = char in marks or unicodedata.category(char)[0] == "P"
            result += f" {char} " if is_mark else char
        result += " "
    return result.split()


@pytest.mark.skipif(
    unicodedata.unidata_version != "14.0.0",
    reason="Python's own answers are those of Unicode 14 in Python 3.11 only",
)
@pytest.mark.parametrize("any_control", [False, True])
@pytest.mark.parametrize("lower_case", [True, False])
def test_words_as_from_pythons_own_tables(load, lower_case, any_control):
    control_characters = "any" if any_control else "google"
    tokenizer = load(
        SPEC, lower_case=lower_case, control_characters=control_characters
    )
    for text in odd_texts(3000, seed=7):
        assert words_of(tokenizer, text) == plain_words(
            text, lower_case=lower_case, any_control=any_control
        ), ascii(text)


def test_the_memory_is_bounded():
    asked = []

    def compute(text):
        asked.append(text)
        return (len(text),)

    memo = Memo(compute, max_entries=3)
    for text in ("a", "bb", "a", "ccc", "dddd", "a"):
        assert memo[text] == (len(text),)
        assert len(memo) <= 3
    assert asked == ["a", "bb", "ccc", "dddd", "a"]  # emptied when full
    long = "x" * (MAX_CHARS + 1)
    assert memo[long] == (len(long),)
    assert long not in memo
