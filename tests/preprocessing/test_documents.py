import gzip
import itertools
import os
import random

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing import corpus_files, corpus_units
from preprocessing.corpus_files import FilePart, expand_inputs, line_in_file
from preprocessing.corpus_units import units
from preprocessing.documents import line_encoder, read_corpus
from preprocessing.sentence_piece import preprocess_text
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from preprocessing.vocabulary_facts import vocabulary_facts
from tests.preprocessing.pretraining_cases import marked_ids

TOKENIZERS = ("uncased", "cased", "albert")


@pytest.fixture(scope="module")
def encoders(golden_dir):
    folder = golden_dir / "tokenization"
    uncased, cased = (
        load_wordpiece(
            str(folder / f"vocab_{name}_2k.txt"), lower_case=name == "uncased"
        )
        for name in ("uncased", "cased")
    )
    albert = load_sentencepiece(str(folder / "spm_2k.model"), lower_case=True)
    return {
        name: line_encoder(tokenizer)
        for name, tokenizer in zip(
            TOKENIZERS, (uncased, cased, albert), strict=True
        )
    }


@pytest.fixture(params=TOKENIZERS)
def encoder(request, encoders):
    return encoders[request.param]


@pytest.fixture
def bert(encoders):
    return encoders["uncased"]


def lines_of(path):
    """What TensorFlow's GFile.readline gives, "" at the end left out."""
    data = path.read_bytes().replace(b"\r", b"")
    lines = data.decode().split("\n")
    return lines if lines[-1] else lines[:-1]


def plain_documents(paths, tokenizer, *, break_at_end_of_file=False):
    """google-research's loop, for BERT and for ALBERT."""
    documents = [[]]
    for path in paths:
        for line in lines_of(path):
            if tokenizer.family == "albert":
                line = preprocess_text(line, lower_case=tokenizer.lower_case)
                ids = marked_ids(line, tokenizer)
            else:
                line = line.strip()
                ids = tokenizer.encode(line)
            if not line:
                documents.append([])
            if ids:
                documents[-1].append(ids)
        if break_at_end_of_file:
            documents.append([])
    return [document for document in documents if document]


def as_lists(corpus):
    sentences = [
        corpus.pieces[start:end].tolist()
        for start, end in itertools.pairwise(corpus.sentence_starts.tolist())
    ]
    return [
        sentences[start:end]
        for start, end in itertools.pairwise(corpus.document_starts.tolist())
    ]


def whole(paths):
    return [FilePart(str(path)) for path in paths]


def write(folder, *texts):
    paths = []
    for i, text in enumerate(texts):
        path = folder / f"text_{i}.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return paths


@pytest.mark.parametrize("name", ["corpus_a", "corpus_c", "corpus_d"])
def test_documents_of_the_recorded_runs(recorded_dir, encoder, name):
    path = recorded_dir / "pretraining_data" / f"{name}.txt"
    corpus = read_corpus(whole([path]), encoder)
    assert as_lists(corpus) == plain_documents([path], encoder.tokenizer)


@pytest.mark.parametrize("block_bytes", [1, 1 << 22])
def test_unknown_pieces_inside_words_are_v(
    tmp_path, encoders, monkeypatch, block_bytes
):
    monkeypatch.setattr(corpus_files, "_BLOCK_BYTES", block_bytes)
    text = "the patient\na{}b in 1990, ~~\n\n日本 €\n{ x\nthe {} end\n"
    encoder = encoders["albert"]
    tokenizer = encoder.tokenizer
    inside = vocabulary_facts(tokenizer).unk_inside_word
    seen = []
    corpus = read_corpus(
        whole(write(tmp_path, text)), encoder, watch=seen.append
    )
    paths = write(tmp_path, text)
    assert as_lists(corpus) == plain_documents(paths, tokenizer)
    # "{}", "~~" and "{}" continue; "日本" and a lone "{" start a word.
    pieces = corpus.pieces.tolist()
    assert pieces.count(inside) == 3
    assert pieces.count(tokenizer.unk_id) == 2
    # The doctor counts unknown pieces, so it sees them all.
    ids = np.concatenate([encoded.lines.ids for encoded in seen])
    assert (ids == tokenizer.unk_id).sum() == 5


ODD_LINES = (
    "",
    " \t ",
    "\u3000\xa0\u2028",
    "\x1c\x1f",
    "\x00\x07",  # no pieces, yet no end of a document
    "\u200b",
    "\u0301\u0308",  # blank to ALBERT, who drops combining characters first
    "\u0301 a",
    "\xa8",  # for ALBERT a space and a combining character
    "\r",
    "a\rb\r\rc",
    "a\tb\x0bc\x0cd\x1ce\x85f\u2028g",
    "\ufeffThe patient",
    "Ghrelin was identified in the STOMACH ( GHS-R ) .",
    "[CLS] <unk> ▁ ## ##ing [MASK]",
    "In 1972, 98,064 (27,) of 1,000,000,",
    "naïve α-Synuclein, 5′-UTR, ½ ﬁ Ⅷ",
    "ΟΔΟΣ ΟΔΟΣ. İstanbul ß",
    "博推zz 한국어 日本",
    "~`{|}@\\^_<>",
    "0000 0.0001 aaaa aaaaaaa",
    "x" * 199 + " " + "y" * 201 + " " + "z" * 300,
)


def odd_text(rng):
    lines = rng.choices(ODD_LINES, k=rng.randint(0, 40))
    ends = rng.choices(["\n", "\n", "\r\n", "\n\n"], k=len(lines))
    if ends and rng.random() < 0.5:
        ends[-1] = ""
    return "".join(map("".join, zip(lines, ends, strict=True)))


@pytest.mark.parametrize("block_bytes", [1, 50, 1 << 22])
def test_odd_lines_in_several_files(
    tmp_path, encoder, monkeypatch, block_bytes
):
    monkeypatch.setattr(corpus_files, "_BLOCK_BYTES", block_bytes)
    rng = random.Random(block_bytes)
    for _ in range(20):
        paths = write(tmp_path, *(odd_text(rng) for _ in range(4)))
        for break_at_end_of_file in (False, True):
            corpus = read_corpus(
                whole(paths),
                encoder,
                break_at_end_of_file=break_at_end_of_file,
            )
            assert as_lists(corpus) == plain_documents(
                paths,
                encoder.tokenizer,
                break_at_end_of_file=break_at_end_of_file,
            )


def test_dtypes_and_counts(tmp_path, bert):
    corpus = read_corpus(whole(write(tmp_path, "a b\nc\n\nd")), bert)
    assert corpus.pieces.dtype == np.uint16
    assert corpus.sentence_starts.dtype == np.int64
    assert corpus.document_starts.dtype == np.int64
    assert corpus.sentence_starts.tolist() == [0, 2, 3, 4]
    assert corpus.document_starts.tolist() == [0, 2, 3]
    counts = corpus.num_documents, corpus.num_sentences, corpus.num_pieces
    assert counts == (2, 3, 4)


def test_a_vocabulary_above_65_535_takes_int32(tmp_path):
    pieces = ["[UNK]", "[CLS]", "[SEP]", "a", *map(str, range(65_532)), "b"]
    vocabulary = tmp_path / "vocab.txt"
    for size, dtype in ((65_535, np.uint16), (65_537, np.int32)):
        vocabulary.write_text("\n".join(pieces[:size]))
        tokenizer = load_wordpiece(str(vocabulary), lower_case=True)
        paths = write(tmp_path, "a b")
        corpus = read_corpus(whole(paths), line_encoder(tokenizer))
        assert corpus.pieces.dtype == dtype
        assert corpus.pieces.tolist() == tokenizer.encode("a b")


@pytest.mark.parametrize("text", ["", "\n\n", "\x07\n \n", "\ufeff"])
def test_no_documents(tmp_path, bert, text):
    corpus = read_corpus(whole(write(tmp_path, text)), bert)
    assert corpus.num_documents == corpus.num_sentences == 0
    assert corpus.document_starts.tolist() == [0]
    assert corpus.sentence_starts.tolist() == [0]


@pytest.mark.parametrize("memory_budget", [0, 300])
def test_a_small_memory_budget_changes_nothing(
    tmp_path, bert, monkeypatch, memory_budget
):
    monkeypatch.setattr(corpus_files, "_BLOCK_BYTES", 64)
    paths = write(tmp_path, "The patient\nis well .\n\n" * 30, "", "a\n\nb")
    spill_folder = tmp_path / "spill"
    spill_folder.mkdir()
    corpus = read_corpus(
        whole(paths),
        bert,
        memory_budget=memory_budget,
        spill_folder=str(spill_folder),
    )
    assert isinstance(corpus.pieces, np.memmap)
    assert as_lists(corpus) == plain_documents(paths, bert.tokenizer)
    assert list(spill_folder.iterdir()) == []  # files without a name


def test_watch_sees_every_byte(tmp_path, bert, monkeypatch):
    monkeypatch.setattr(corpus_files, "_BLOCK_BYTES", 16)
    paths = write(tmp_path, "one two\r\nthree\n" * 9, "", "x" * 100, "end")
    seen = []
    read_corpus(whole(paths), bert, watch=seen.append)
    num_bytes = sum(encoded.block.num_bytes for encoded in seen)
    assert num_bytes == sum(path.stat().st_size for path in paths)
    text = b"".join(encoded.block.text for encoded in seen)
    assert text.count(b"\n") == 18 + 1 + 1
    assert sum(len(encoded.lines.lengths) for encoded in seen) == 20
    assert [encoded.block.line for encoded in seen][:2] == [1, 3]
    assert sum(encoded.block.ends_part for encoded in seen) == len(paths)


def test_lone_carriage_returns_are_counted(tmp_path):
    paths = write(tmp_path, b"a\rb\rc\r\nd")
    blocks = list(corpus_files.read_blocks(whole(paths)))
    assert b"".join(block.text for block in blocks) == b"abc\nd\n"
    assert sum(block.num_returns for block in blocks) == 2


def test_gzip(tmp_path, bert, monkeypatch):
    monkeypatch.setattr(corpus_files, "_BLOCK_BYTES", 100)
    text = "The patient\nis well .\n\n" * 50
    plain = write(tmp_path, text)
    packed = tmp_path / "text.txt.gz"
    half = len(text) // 2
    packed.write_bytes(
        gzip.compress(text[:half].encode())
        + gzip.compress(text[half:].encode())
    )
    seen = []
    corpus = read_corpus(whole([packed]), bert, watch=seen.append)
    assert as_lists(corpus) == plain_documents(plain, bert.tokenizer)
    assert sum(x.block.num_bytes for x in seen) == packed.stat().st_size
    for damaged in (packed.read_bytes()[:-20], b"no gzip"):
        packed.write_bytes(damaged)
        with pytest.raises(InputError, match=r"text\.txt\.gz: .*damaged"):
            read_corpus(whole([packed]), bert)


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        (b"fine\r\n\nna\xefve secret\n", 3, "ISO-8859-1"),
        (b"\xed\xa0\x80", 1, "ISO-8859-1"),  # a surrogate
        ("text".encode("utf-16"), 1, "UTF-16"),
    ],
)
def test_invalid_utf8_names_file_and_line(tmp_path, bert, text, line, advice):
    paths = write(tmp_path, "good\n", text)
    with pytest.raises(InputError, match="not UTF-8") as caught:
        read_corpus(whole(paths), bert)
    assert caught.value.path == str(paths[1])
    assert caught.value.line == line
    assert advice in str(caught.value)
    assert "secret" not in str(caught.value)


def test_invalid_utf8_far_into_a_file(tmp_path, bert, monkeypatch):
    monkeypatch.setattr(corpus_files, "_BLOCK_BYTES", 32)
    text = b"line\n" * 100 + b"\xff\n" + b"line\n" * 5
    (path,) = write(tmp_path, text)
    for start in (0, 5 * 20):
        with pytest.raises(InputError) as caught:
            read_corpus([FilePart(str(path), start)], bert)
        assert caught.value.line == 101
    assert line_in_file(FilePart(str(path), 10), 1) == 3


def test_patterns(tmp_path):
    for name in ("b2.txt", "b1.txt", "a.txt", "odd [1].txt", "empty.txt"):
        (tmp_path / name).write_text("" if name == "empty.txt" else "x")
    paths = [str(tmp_path / name) for name in ("b1.txt", "b2.txt", "a.txt")]
    assert expand_inputs(f"{tmp_path}/b*.txt, {tmp_path}/a.txt,") == paths
    assert expand_inputs(f"{paths[0]},{paths[0]}") == [paths[0]] * 2
    for name in ("odd [1].txt", "empty.txt"):
        assert expand_inputs(f"{tmp_path}/{name}") == [str(tmp_path / name)]


def test_patterns_without_files(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(InputError, match=r"no file matches: got .*b\*\.txt"):
        expand_inputs(f"{tmp_path}/a.txt,{tmp_path}/b*.txt")
    with pytest.raises(InputError, match="no file is named"):
        expand_inputs(" ,")
    with pytest.raises(InputError, match="is a folder"):
        expand_inputs(str(tmp_path))


def unit_texts(paths, size, **options):
    found = list(units([str(path) for path in paths], size / 1e6, **options))
    assert [unit.index for unit in found] == list(range(len(found)))
    return found, [
        b"".join(
            open_part.read_bytes()[part.start : part.end]
            for part in unit.parts
            for open_part in [type(paths[0])(part.path)]
        )
        for unit in found
    ]


@pytest.mark.parametrize("step", [4, 1 << 16])
def test_units_are_whole_documents(tmp_path, bert, monkeypatch, step):
    monkeypatch.setattr(corpus_units, "_STEP", step)
    rng = random.Random(step)
    for _ in range(5):
        paths = write(tmp_path, *(odd_text(rng) for _ in range(4)))
        data = b"".join(path.read_bytes() for path in paths)
        for size, at_end in itertools.product((9, 400, 1e6), (False, True)):
            found, texts = unit_texts(paths, size, break_at_end_of_file=at_end)
            assert b"".join(texts) == data  # nothing lost, nothing twice
            assert [unit.num_bytes for unit in found] == list(map(len, texts))
            assert all(unit.num_bytes >= size for unit in found[:-1])
            documents = []
            for unit in found:
                documents += as_lists(
                    read_corpus(unit.parts, bert, break_at_end_of_file=at_end)
                )
            assert documents == plain_documents(
                paths, bert.tokenizer, break_at_end_of_file=at_end
            )


def test_units_are_as_small_as_documents_let_them(tmp_path):
    documents = [f"{i} text\n" * 5 + "\n" for i in range(100, 160)]
    paths = write(tmp_path, *("".join(documents[i::3]) for i in range(3)))
    longest = max(map(len, documents))
    for size in (50, 123, 400):
        found, _ = unit_texts(paths, size)
        assert len(found) > 1
        assert max(unit.num_bytes for unit in found) < size + 2 * longest
    # Files of the wanted size are units.
    size = paths[0].stat().st_size
    found, _ = unit_texts(paths, size)
    assert [unit.parts for unit in found] == [(p,) for p in whole(paths)]


def test_units_of_compressed_files_end_with_them(tmp_path):
    texts = ["a\nb\n\n", "c\n", "d\n\n", "e"]
    paths = []
    for i, text in enumerate(texts):
        paths.append(tmp_path / f"{i}.txt.gz")
        paths[-1].write_bytes(gzip.compress(text.encode()))
    found = list(units([str(path) for path in paths], 1 / 1e6))
    assert [[p.path for p in unit.parts] for unit in found] == [
        [str(paths[0])],
        [str(paths[1]), str(paths[2])],
        [str(paths[3])],
    ]
    assert [unit.num_bytes for unit in found] == [5, 5, 2]


def test_the_head_of_a_unit_is_whole_documents(tmp_path):
    documents = [f"{i} text\n" * 5 + "\n" for i in range(100, 160)]
    paths = write(tmp_path, *("".join(documents[i::3]) for i in range(3)))
    for unit in units([str(path) for path in paths], 600 / 1e6):
        text = b"".join(
            paths[0]
            .with_name(os.path.basename(part.path))
            .read_bytes()[part.start : part.end]
            for part in unit.parts
        )
        for num_bytes in (1, 100, 599, 10_000):
            start = b"".join(
                paths[0]
                .with_name(os.path.basename(part.path))
                .read_bytes()[part.start : part.end]
                for part in corpus_units.head(unit, num_bytes)
            )
            assert text.startswith(start)
            assert start.endswith(b"\n\n")
            assert len(start) >= min(num_bytes, len(text))
            assert len(start) < num_bytes + 100 or num_bytes > 599


def test_a_unit_has_a_size(tmp_path):
    with pytest.raises(InputError, match="unit_megabytes"):
        list(units([str(tmp_path)], 0))
