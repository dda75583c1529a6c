import collections
import random

import pytest

from foundation.errors import InputError
from preprocessing import word_counts
from preprocessing.word_counts import count_words
from preprocessing.wordpiece import ReferenceWordPiece, TextRules
from tests.odd_sentences import odd_sentences

RULES = [
    TextRules(lower_case=True, strip_accents=True),
    TextRules(lower_case=False, strip_accents=False),
    TextRules(lower_case=True, strip_accents=False, control_characters="any"),
]


def plain_counts(lines, rules):
    """Words by the definition, line by line."""
    reference = ReferenceWordPiece({}, rules)
    return collections.Counter(
        word for line in lines for word in reference.words(line)
    )


@pytest.fixture(scope="module")
def odd_lines():
    sentences = odd_sentences(200, types=("",), seed=4)
    return [
        " ".join(sentence.words).replace("\n", "").replace("\r", "")
        for sentence in sentences
    ]


@pytest.mark.parametrize("rules", RULES)
def test_words_are_those_of_the_tokenizers_definition(odd_lines, rules):
    text = "".join(f"{line}\n" for line in odd_lines).encode()
    expected = plain_counts(odd_lines, rules)
    found = count_words([text], rules)
    short = {w: n for w, n in expected.items() if len(w) <= 200}
    assert found.counts == short
    assert found.num_words == sum(expected.values())
    assert found.num_too_long == found.num_words - sum(short.values()) > 0
    characters = collections.Counter()
    for word, count in short.items():
        for char in word:
            characters[char] += count
    assert found.characters == characters
    assert found.inside == {char for word in short for char in word[1:]}


def test_texts_are_added_up_in_any_pieces(monkeypatch):
    monkeypatch.setattr(word_counts, "_MAX_PARTS", 3)
    texts = [b"a b,c\n", b"b a\n\n  A\tc ", b"a"]
    found = count_words(texts, RULES[0])
    assert found.counts == {"a": 4, "b": 2, ",": 1, "c": 2}


def test_rare_words_go_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(word_counts, "_MAX_PARTS", 50)
    draw = random.Random(3)
    often = [f"often{i}" for i in range(20)]
    words = [draw.choice(often) for _ in range(4000)]
    words += [f"rare{i}é" for i in range(3000)]
    draw.shuffle(words)
    texts = [
        " ".join(words[i : i + 100]).encode() for i in range(0, len(words), 100)
    ]
    found = count_words(texts, RULES[0], max_words=500)
    exact = collections.Counter(words)
    assert len(found.counts) <= 500 + 100
    assert found.num_words == len(words)
    assert found.num_pruned == len(words) - sum(found.counts.values()) > 2000
    for word in often:
        assert exact[word] - found.missing <= found.counts[word] <= exact[word]
    # Characters are counted before their words go.
    assert found.characters["r"] == sum(w.count("r") for w in words)
    assert "2" in found.inside


def test_no_words_at_all():
    found = count_words([b"", b" \n\n", "\u200b".encode()], RULES[0])
    assert found.counts == {}
    assert found.num_words == 0


def test_a_bound_below_one_is_refused():
    with pytest.raises(InputError, match="too few words"):
        count_words([b"a"], RULES[0], max_words=0)
