"""Pieces are those of the whole text, and each has the word it is in."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from preprocessing.piece_words import encode_words
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from preprocessing.word_spans import spaced_spans


@pytest.fixture(scope="module")
def tokenizers(golden_dir):
    folder = golden_dir / "tokenization"
    cased = str(folder / "vocab_cased_2k.txt")
    uncased = str(folder / "vocab_uncased_2k.txt")
    return [
        load_wordpiece(cased, lower_case=False),
        load_wordpiece(uncased, lower_case=True, control_characters="any"),
        load_sentencepiece(str(folder / "spm_2k.model"), lower_case=True),
    ]


@pytest.fixture(scope="module")
def texts(golden_dir):
    """What the originals were asked to tokenize, odd characters and all."""
    path = golden_dir / "tokenization" / "tokens.jsonl"
    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


@pytest.mark.parametrize("index", [0, 1, 2])
def test_ids_are_those_of_the_text(tokenizers, texts, index):
    tokenizer = tokenizers[index]
    for text in texts:
        found = encode_words(tokenizer, text)
        assert found.ids == tokenizer.encode(text)
        assert len(found.words) == len(found.ids)
        assert (np.diff(found.words) >= 0).all()
        if len(found.words):
            assert found.words[0] >= 0
            assert found.words[-1] < len(found.spans)
        for (_, end), (start, _) in itertools.pairwise(found.spans):
            assert end < start


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_word_has_its_own_pieces(tokenizers, index):
    tokenizer = tokenizers[index]
    text = "  Adenomatous polyposis,  (1990) x-y\u00a0z"
    found = encode_words(tokenizer, text)
    words = [text[start:end] for start, end in found.spans]
    assert words == text.split()
    for number, word in enumerate(words):
        own = [
            i
            for i, w in zip(found.ids, found.words, strict=True)
            if w == number
        ]
        assert own == tokenizer.encode(word), word


def test_white_space_is_berts():
    # \x1c separates for Python; BERT drops it first. U+2028 separates.
    assert spaced_spans("a\x1cb\u2028c \x01 d") == (
        [(0, 3), (4, 5), (6, 7), (8, 9)]
    )
    assert spaced_spans(" \t\n") == []
