import gzip

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing import documents
from preprocessing.corpus_files import FilePart
from preprocessing.documents import line_encoder
from preprocessing.piece_blocks import read_piece_blocks
from preprocessing.sentence_piece import preprocess_text
from preprocessing.tokenization import load_sentencepiece, load_wordpiece

SIZE = 30
ODD = (
    "\n\nOne sentence.\n\n  two   words\t\r\n\x0b\x0c\n{}~~ 日本語 naïve Ärzte "
    "1,000, 3.5%\n" + "antidisestablishmentarianism" * 12 + "\n\u2028\u00a0x\n"
)


@pytest.fixture(scope="module", params=["bert", "albert"])
def encoder(request, golden_dir):
    folder = golden_dir / "tokenization"
    if request.param == "bert":
        vocabulary = str(folder / "vocab_uncased_2k.txt")
        return line_encoder(load_wordpiece(vocabulary, lower_case=True))
    model = str(folder / "spm_2k.model")
    return line_encoder(load_sentencepiece(model, lower_case=True))


@pytest.fixture
def texts(golden_dir):
    folder = golden_dir / "pretraining_data"
    whole = [
        (folder / f"corpus_{name}.txt").read_text(encoding="utf-8")
        for name in "acd"
    ]
    return [*whole, "", "too short", ODD * 3, whole[0].rstrip("\n"), "\r\n"]


def parts_of(folder, texts):
    parts = []
    for i, text in enumerate(texts):
        path = folder / f"{i}.txt"
        path.write_bytes(text.encode())
        parts.append(FilePart(str(path)))
    return parts


def ids_of(text, tokenizer):
    """The pieces of a whole file at once, as Hugging Face had them."""
    if tokenizer.family == "albert":
        text = preprocess_text(text, lower_case=tokenizer.lower_case)
    return tokenizer.encode(text)


def blocks_of(ids):
    starts = range(0, len(ids) - SIZE + 1, SIZE)
    return [ids[start : start + SIZE] for start in starts]


def test_blocks_of_odd_texts(encoder, texts, tmp_path):
    made = read_piece_blocks(parts_of(tmp_path, texts), encoder, size=SIZE)
    ids = [ids_of(text, encoder.tokenizer) for text in texts]
    expected = [block for one in ids for block in blocks_of(one)]
    assert made.pieces.reshape(-1, SIZE).tolist() == expected
    assert len(made) == len(expected) > 20
    assert made.pieces.dtype == np.uint16
    for file, one in zip(made.files, ids, strict=True):
        assert file.num_pieces == len(one)
        assert file.num_blocks == len(blocks_of(one))
        assert file.num_dropped == len(one) - SIZE * file.num_blocks
    assert [bool(file.num_blocks) for file in made.files] == [
        len(one) >= SIZE for one in ids
    ]
    assert made.files[4].num_blocks == 0 < made.files[4].num_dropped


def test_unknown_pieces_are_just_unknown(encoder, tmp_path):
    tokenizer = encoder.tokenizer
    parts = parts_of(tmp_path, ["a{}b ~日~ " * 50])
    made = read_piece_blocks(parts, encoder, size=SIZE)
    assert tokenizer.unk_id in made.pieces
    assert made.pieces.max() < tokenizer.vocab_size


def test_nothing_is_left_over(encoder, tmp_path):
    text = "the " * SIZE
    count = len(ids_of("the", encoder.tokenizer))
    made = read_piece_blocks(parts_of(tmp_path, [text]), encoder, size=SIZE)
    assert made.files[0].num_dropped == 0
    assert len(made) == count
    one_less = parts_of(tmp_path, ["the " * (SIZE // count - 1)])
    made = read_piece_blocks(one_less, encoder, size=SIZE)
    assert len(made) == 0


def test_blocks_over_the_blocks_that_are_read(encoder, tmp_path, golden_dir):
    path = golden_dir / "pretraining_data" / "corpus_a.txt"
    text = path.read_text(encoding="utf-8") * 60  # 2 MB
    assert len(text) > 1 << 21
    compressed = tmp_path / "a.txt.gz"
    compressed.write_bytes(gzip.compress(text.encode()))
    made = read_piece_blocks([FilePart(str(compressed))], encoder, size=SIZE)
    expected = blocks_of(ids_of(text, encoder.tokenizer))
    assert made.pieces.reshape(-1, SIZE).tolist() == expected
    assert len(made.files) == 1


def test_blocks_on_the_disk(encoder, texts, tmp_path):
    parts = parts_of(tmp_path, texts)
    seen = []
    made = read_piece_blocks(
        parts,
        encoder,
        size=SIZE,
        memory_budget=1000,
        spill_folder=str(tmp_path),
        watch=lambda encoded: seen.append(encoded.block.num_bytes),
    )
    assert isinstance(made.pieces, np.memmap)
    in_memory = read_piece_blocks(parts, encoder, size=SIZE)
    np.testing.assert_array_equal(made.pieces, in_memory.pieces)
    assert made.files == in_memory.files
    assert sum(seen) == sum(len(text.encode()) for text in texts)


def test_returns_are_counted(encoder, tmp_path):
    parts = parts_of(tmp_path, ["a\rb\r\nc\r", "d\ne"])
    made = read_piece_blocks(parts, encoder, size=SIZE)
    assert [file.num_returns for file in made.files] == [1, 0]


def test_text_that_is_not_utf8(encoder, tmp_path):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"fine\nbad \xff\n")
    with pytest.raises(InputError) as error:
        read_piece_blocks([FilePart(str(path))], encoder, size=SIZE)
    assert error.value.line == 2


def test_a_large_vocabulary(tmp_path):
    class Large:
        vocab_size = 70_000

    class Encoder:
        tokenizer = Large()

        def encode(self, text):
            lengths = np.full(text.count(b"\n"), 3)
            return documents.LineIds(
                np.full(lengths.sum(), 69_999, np.int32), lengths
            )

    parts = parts_of(tmp_path, ["a\n" * 20])
    made = read_piece_blocks(parts, Encoder(), size=SIZE)
    assert made.pieces.tolist() == [69_999] * 60
    assert made.pieces.dtype == np.int32
