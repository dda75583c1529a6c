"""Markers as single ids, in WordPiece and SentencePiece."""

from __future__ import annotations

import json

import pytest

from foundation.errors import InputError
from preprocessing.entity_markers import MARKERS
from preprocessing.marked_tokenizer import (
    FILE_NAME,
    UNUSED,
    has_markers,
    mark_entities,
    read_markers,
)
from preprocessing.tokenization import load_sentencepiece, load_wordpiece

TEXT = "the [E1] rat [/E1]-in [E2]Cat[/E2] on"


@pytest.fixture
def wordpiece(tmp_path):
    path = tmp_path / "vocab.txt"
    pieces = ["[PAD]", "[unused0]", *UNUSED, "[UNK]", "[CLS]", "[SEP]"]
    pieces += ["the", "rat", "-", "in", "cat", "on", "[", "]", "e", "##1"]
    path.write_text("\n".join(pieces))
    return load_wordpiece(str(path), lower_case=True)


@pytest.fixture
def sentencepiece(golden_dir):
    path = golden_dir / "tokenization" / "spm_2k.model"
    return load_sentencepiece(str(path), lower_case=True)


def test_wordpieces_unused_places(wordpiece):
    marked = mark_entities(wordpiece)
    ids = [wordpiece.ids[piece] for piece in UNUSED]
    assert marked.marker_ids == dict(zip(MARKERS, ids, strict=True))
    assert (marked.appended, marked.vocab_size) == (0, wordpiece.vocab_size)
    expected = "the [E1] rat [/E1] - in [E2] cat [/E2] on"
    assert marked.pieces(marked.encode(TEXT)) == expected.split()
    assert "[E1]" not in wordpiece.pieces(wordpiece.encode(TEXT))
    assert marked.encode("the rat") == wordpiece.encode("the rat")


def test_sentencepieces_appended_ids(sentencepiece):
    marked = mark_entities(sentencepiece)
    size = sentencepiece.vocab_size
    assert list(marked.marker_ids.values()) == [*range(size, size + 4)]
    assert (marked.appended, marked.vocab_size) == (4, size + 4)
    parts = [sentencepiece.encode(t) for t in ("the", "rat", "-in", "Cat")]
    expected = [*parts[0], size, *parts[1], size + 1, *parts[2], size + 2]
    expected += [*parts[3], size + 3, *sentencepiece.encode("on")]
    assert marked.encode(TEXT) == expected
    assert marked.pieces([size + 3])[0] == "[/E2]"


def test_it_is_the_base_otherwise(wordpiece, sentencepiece):
    for base in (wordpiece, sentencepiece):
        marked = mark_entities(base)
        for name in ("family", "lower_case", "vocab_sha256", "pad_id"):
            assert getattr(marked, name) == getattr(base, name)
        for name in ("unk_id", "cls_id", "sep_id"):
            assert getattr(marked, name) == getattr(base, name)
        lines = ["the rat", "", TEXT, "[E1][/E1][E2][/E2]"]
        assert marked.encode_lines(lines) == [marked.encode(x) for x in lines]
        assert marked.encode("") == []
        assert marked.encode(lines[3]) == list(marked.marker_ids.values())
        assert marked.encode_word("rat") == base.encode_word("rat")
        assert marked.encode_word("[E2]") == [marked.marker_ids["[E2]"]]
    assert mark_entities(sentencepiece).mask_id == sentencepiece.mask_id


def test_a_vocabulary_without_places(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\n[unused1]\n[UNK]\n[CLS]\n[SEP]\nthe")
    base = load_wordpiece(str(path), lower_case=True)
    with pytest.raises(InputError, match=r"no \[unused2\]"):
        mark_entities(base)


def test_the_mapping_lies_beside_the_checkpoints(
    wordpiece, sentencepiece, tmp_path
):
    folder = str(tmp_path / "model")
    (tmp_path / "model").mkdir()
    assert not has_markers(folder)
    with pytest.raises(InputError, match="missing"):
        read_markers(folder, wordpiece)
    marked = mark_entities(sentencepiece)
    marked.save(folder)
    assert has_markers(folder)
    found = json.loads((tmp_path / "model" / FILE_NAME).read_text())
    assert found == marked.marker_ids
    assert read_markers(folder, sentencepiece).marker_ids == found
    with pytest.raises(InputError, match="another vocabulary"):
        read_markers(folder, wordpiece)
