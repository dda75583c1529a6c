import pytest

from foundation.errors import InputError
from preprocessing.sentence_piece import preprocess_text
from preprocessing.tokenization import load_sentencepiece


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


def test_unknown_text_before_a_comma_goes_by_the_rule(tokenizer):
    # "๑" is a digit that the model does not know: <unk> hides "๑,".
    pieces = tokenizer.pieces(tokenizer.encode("x ๑, y"))
    assert "," in pieces


@pytest.mark.shared
def test_the_digit_comma_rule(shared_dir):
    folder = shared_dir / "data" / "vocab" / "albert-30k"
    tokenizer = load_sentencepiece(
        str(folder / "30k-clean.model"), lower_case=True
    )
    ids = tokenizer.encode("In 1972, 98,064 and 5,000,1")
    # From golden/tokenization: 98,|064 is cut again as ▁98 , 064.
    assert tokenizer.pieces(ids)[:3] == ["▁in", "▁1972", ","]
    assert ids[:3] == [19, 2249, 15]


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
