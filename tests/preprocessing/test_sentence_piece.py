import json
from types import MappingProxyType

import pytest

from foundation.errors import InputError
from preprocessing.sentence_piece import preprocess_text
from preprocessing.tokenization import (
    SentencePieceTokenizer,
    load_sentencepiece,
)


@pytest.fixture(scope="module")
def tokenizer(golden_dir):
    path = golden_dir / "tokenization" / "spm_2k.model"
    return load_sentencepiece(str(path), lower_case=True)


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        ("  a\t\u2028b\x1c c\n", {}, "a b c"),
        ("Você ½ ﬁ", {}, "voce 1⁄2 fi"),
        ("Você ½", {"lower_case": False}, "Voce 1⁄2"),
        ("Você ½", {"strip_accents": False}, "você ½"),
        ("``x''", {}, "``x''"),  # Hugging Face's port writes " here
    ],
)
def test_clean_up(text, rules, expected):
    assert preprocess_text(text, **{"lower_case": True, **rules}) == expected


def test_special_ids_and_size(tokenizer):
    assert tokenizer.family == "albert"
    assert tokenizer.vocab_size == 2000
    ids = [tokenizer.pad_id, tokenizer.unk_id, tokenizer.cls_id]
    assert [*ids, tokenizer.sep_id, tokenizer.mask_id] == [0, 1, 2, 3, 4]
    assert tokenizer.pieces([0, 1, 2]) == ["<pad>", "<unk>", "[CLS]"]
    assert tokenizer.encode("") == []
    assert tokenizer.encode_lines([]) == []


def test_a_word_begins_like_a_line_and_is_remembered(tokenizer):
    ids = tokenizer.encode("Nucleotide")
    assert tokenizer.pieces(ids)[0].startswith("▁")
    first = tokenizer.encode_word("Nucleotide")
    assert first == ids
    first.append(0)  # the caller's own list
    assert tokenizer.encode_word("Nucleotide") == ids
    assert tokenizer.encode_word("\u0301") == []


def test_odd_text_does_not_stop_it(tokenizer):
    assert tokenizer.encode("a \ud800 b") == tokenizer.encode("a \ufffd b")
    assert isinstance(tokenizer.encode("a\0b"), list)


def test_ids_by_the_short_way_are_those_by_the_pieces(golden_dir, tokenizer):
    with open(
        golden_dir / "tokenization" / "tokens.jsonl",
        encoding="utf-8",
        newline="\n",
    ) as file:
        texts = [json.loads(line)["text"] for line in file]
    texts += ["1,2, 3,", "[CLS] <unk> [MASK]", "x ๑, y๑,", "▁ ▁1, ,", "2010,"]
    for text, ids in zip(texts, tokenizer.encode_lines(texts), strict=True):
        by_pieces = tokenizer._apply_comma_rule(tokenizer._clean(text))
        assert ids == by_pieces, ascii(text)


class StubProcessor:
    """A model with "5," inside words, which the published ones lack."""

    PIECES = ("<pad>", "<unk>", "[CLS]", "[SEP]", "▁a", "5,", "▁5", ",")
    CUTS = MappingProxyType({"a5,": ["▁a", "5,"], "5": ["▁5"]})

    def get_piece_size(self):
        return len(self.PIECES)

    def id_to_piece(self, i):
        return self.PIECES[i]

    def unk_id(self):
        return 1

    def encode(self, text, *, out_type, num_threads=1):
        assert num_threads == 1
        if isinstance(text, list):
            return [
                [self.PIECES.index(piece) for piece in self.CUTS[line]]
                for line in text
            ]
        assert out_type is str
        return self.CUTS[text]


def test_a_piece_cut_again_keeps_its_word_start():
    tokenizer = SentencePieceTokenizer(
        StubProcessor(), lower_case=True, strip_accents=True, vocab_sha256=""
    )
    pieces = tokenizer.pieces(tokenizer.encode("a5,"))
    assert pieces == ["▁a", "▁5", ","]  # as under Python 3; not "5"


@pytest.mark.shared
def test_the_digit_comma_rule(shared_dir):
    folder = shared_dir / "data" / "vocab" / "albert-30k"
    tokenizer = load_sentencepiece(
        str(folder / "30k-clean.model"), lower_case=True
    )
    # Without the rule: ▁in ▁1972, ▁98 , 06 4 ...
    pieces = tokenizer.pieces(tokenizer.encode("In 1972, 98,064 (27,)"))
    expected = "▁in ▁1972 , ▁98 , 06 4 ▁ ( 27 , )"
    assert " ".join(pieces) == expected


def test_what_is_no_model(tmp_path, golden_dir):
    path = tmp_path / "x.model"
    with pytest.raises(InputError, match="is missing"):
        load_sentencepiece(str(path), lower_case=True)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        load_sentencepiece(str(path), lower_case=True)
    vocabulary = golden_dir / "tokenization" / "vocab_uncased_2k.txt"
    with pytest.raises(InputError, match="no SentencePiece model"):
        load_sentencepiece(str(vocabulary), lower_case=True)
