"""What a SentencePiece model file holds, beside what the library tells."""

import io

import pytest
import sentencepiece

from preprocessing.sentence_piece_contents import (
    CONTROL,
    NORMAL,
    UNKNOWN,
    USER_DEFINED,
    model_contents,
)


@pytest.fixture(scope="module")
def model(golden_dir):
    return (golden_dir / "tokenization" / "spm_2k.model").read_bytes()


def test_pieces_and_scores_are_the_librarys(model):
    processor = sentencepiece.SentencePieceProcessor()
    processor.LoadFromSerializedProto(model)
    contents = model_contents(model)
    assert len(contents.pieces) == processor.get_piece_size()
    for i, piece in enumerate(contents.pieces):
        assert piece.text == processor.id_to_piece(i)
        assert piece.score == processor.get_score(i)
        assert (piece.kind == CONTROL) == processor.is_control(i)
        assert (piece.kind == UNKNOWN) == processor.is_unknown(i)
    assert {p.kind for p in contents.pieces} >= {NORMAL, USER_DEFINED}


def test_alberts_rules(model):
    contents = model_contents(model)
    assert contents.dummy_prefix
    assert contents.fewer_spaces
    assert len(contents.charsmap) > 100_000
    assert contents.unusual == ()


def test_other_kinds_of_models_are_named():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["the rats of the dose"] * 50),
        model_writer=model,
        model_type="bpe",
        vocab_size=300,
        byte_fallback=True,
        treat_whitespace_as_suffix=True,
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        hard_vocab_limit=False,
        minloglevel=2,
    )
    contents = model_contents(model.getvalue())
    assert contents.unusual == (
        "another algorithm than unigram",
        "spaces at the end of pieces",
        "bytes as pieces",
    )
    assert not contents.dummy_prefix
    assert not contents.fewer_spaces
    assert contents.charsmap == b""
