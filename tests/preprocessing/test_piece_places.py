"""Where pieces stand in the text as it was given."""

from __future__ import annotations

import random

import numpy as np
import pytest

from preprocessing.piece_places import encode_with_places
from preprocessing.tokenization import load_sentencepiece

ODD = "aeo1,９①, \u0301\u200b\tİΣςÅé\ufb01½𝄞\ud800中x. ,9\u3000Ⅷ"


@pytest.fixture(params=["lower", "cased", "accents kept"])
def tokenizer(request, golden_dir):
    return load_sentencepiece(
        str(golden_dir / "tokenization" / "spm_2k.model"),
        lower_case=request.param != "cased",
        strip_accents=request.param != "accents kept",
    )


def test_ids_are_those_of_encode(tokenizer):
    rng = random.Random(1)
    for _ in range(2000):
        text = "".join(rng.choice(ODD) for _ in range(rng.randrange(40)))
        found = encode_with_places(tokenizer, text)
        assert found.ids == tokenizer.encode(text)
        assert (found.starts <= found.ends).all()
        assert (np.diff(found.starts) >= 0).all()
        if len(found.ids):
            assert found.starts[0] >= 0
            assert found.ends.max() <= len(text)


@pytest.mark.parametrize(
    "text",
    ["The Café  in 1990,\n Ⅷ cafe\u0301s", "TNF-α (1,25-D3), 3,5-cAMP; 90,"],
)
def test_pieces_are_the_text_again(golden_dir, text):
    tokenizer = load_sentencepiece(
        str(golden_dir / "tokenization" / "spm_2k.model"), lower_case=True
    )
    found = encode_with_places(tokenizer, text)
    covered = np.zeros(len(text), bool)
    for start, end in zip(found.starts, found.ends, strict=True):
        covered[start:end] = True
    lost = "".join(
        c for c, is_in in zip(text, covered, strict=True) if not is_in
    )
    assert not lost.strip()
    by_piece = {
        piece: text[start:end].strip()
        for piece, start, end in zip(
            tokenizer.pieces(found.ids), found.starts, found.ends, strict=True
        )
    }
    for piece, shown in by_piece.items():
        plain = piece.removeprefix("▁")
        if plain.isascii() and plain.isdigit():
            assert shown == plain
