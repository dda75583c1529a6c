import gzip
import random

import pytest

from foundation.errors import InputError
from preprocessing.corpus_sample import CorpusSample


def write_corpus(folder, *, num_files=3, num_lines=4000, seed=0):
    """Files whose every word is there once; returns paths and words."""
    draw = random.Random(seed)
    paths, words = [], []
    for i in range(num_files):
        lines = []
        for j in range(num_lines * (i + 1)):
            line = [f"w{i}x{j}x{k}é" for k in range(draw.randint(0, 12))]
            words += line
            lines.append(" ".join(line))
        path = folder / f"part{i}.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        paths.append(str(path))
    return paths, words


def words_of(sample, *, held_out):
    texts = list(sample.texts(held_out=held_out))
    assert all(not text or text.endswith(b"\n") for text in texts)
    return b"".join(texts).decode().split()


def test_both_parts_together_are_the_corpus(tmp_path):
    paths, words = write_corpus(tmp_path)
    sample = CorpusSample(paths, sample_bytes=10**9, held_out_share=0.1)
    learned = words_of(sample, held_out=False)
    held_out = words_of(sample, held_out=True)
    assert sorted(learned + held_out) == sorted(words)
    assert 0.08 < len(held_out) / len(words) < 0.12
    # Some of every tenth of the corpus.
    place = {word: i for i, word in enumerate(words)}
    tenths = {10 * place[word] // len(words) for word in held_out}
    assert tenths == set(range(10))


def test_nothing_is_held_out_unless_asked_for(tmp_path):
    paths, words = write_corpus(tmp_path, num_files=1)
    sample = CorpusSample(paths, sample_bytes=10**9)
    assert words_of(sample, held_out=False) == words
    assert words_of(sample, held_out=True) == []


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_sample_has_the_size_asked_for_and_is_spread(tmp_path, share):
    paths, words = write_corpus(tmp_path)
    total = CorpusSample(paths, sample_bytes=10**9).total_bytes
    sample = CorpusSample(paths, sample_bytes=int(share * total))
    found = words_of(sample, held_out=False)
    assert len(set(found)) == len(found)  # no stretch overlaps another
    assert set(found) <= set(words)  # cut between words
    size = sum(len(text) for text in sample.texts(held_out=False))
    assert abs(size - share * total) < 2 * sample.stretch_bytes + 2000
    for i in range(3):
        whole = [w for w in words if w.startswith(f"w{i}x")]
        part = [w for w in found if w.startswith(f"w{i}x")]
        assert abs(len(part) / len(whole) - share) < 0.1 * share + 0.03


def test_the_order_of_the_names_does_not_matter(tmp_path):
    paths, _ = write_corpus(tmp_path)
    samples = [
        CorpusSample(order, sample_bytes=300_000, held_out_share=0.2)
        for order in (paths, paths[::-1], [*paths, paths[1]])
    ]
    for held_out in (False, True):
        first, *others = [
            list(sample.texts(held_out=held_out)) for sample in samples
        ]
        assert first
        assert others == [first, first]


def test_many_small_files_are_sampled_too(tmp_path):
    paths = []
    for i in range(400):
        path = tmp_path / f"note{i:03}.txt"
        path.write_text(f"note{i:03} " * 20 + "\n")
        paths.append(str(path))
    sample = CorpusSample(paths, sample_bytes=64_000 // 4, held_out_share=0.25)
    learned = set(words_of(sample, held_out=False))
    held_out = set(words_of(sample, held_out=True))
    assert learned
    assert not learned & held_out


def test_a_file_of_one_line_is_cut_at_spaces(tmp_path):
    path = tmp_path / "one_line.txt"
    words = [f"wörd{i}" for i in range(60_000)]
    path.write_text(" ".join(words), encoding="utf-8")
    sample = CorpusSample([str(path)], sample_bytes=150_000, held_out_share=0.1)
    found = words_of(sample, held_out=False)
    assert set(found) <= set(words)
    assert 10_000 < len(found) < 20_000


def test_compressed_files_are_read_through_gzip(tmp_path):
    lines = [f"line {i} of a file".encode() for i in range(300_000)]
    path = tmp_path / "corpus.txt.gz"
    path.write_bytes(gzip.compress(b"\n".join(lines) + b"\n", 1))
    sample = CorpusSample(
        [str(path)], sample_bytes=4_000_000, held_out_share=0.3
    )
    assert sample.total_bytes == sum(len(line) + 1 for line in lines)
    learned = b"".join(sample.texts(held_out=False)).splitlines()
    held_out = b"".join(sample.texts(held_out=True)).splitlines()
    assert learned
    assert held_out
    assert not set(learned) & set(held_out)
    assert set(learned + held_out) <= set(lines)
    size = sum(len(line) + 1 for line in learned + held_out)
    assert 3_900_000 < size < 4_100_000
    assert 0.28 < len(held_out) / len(learned + held_out) < 0.32


def test_empty_files_and_progress(tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    full = tmp_path / "full.txt"
    full.write_bytes(b"a b\r\nc")
    done = []
    sample = CorpusSample([str(empty), str(full)], sample_bytes=100)
    texts = list(sample.texts(held_out=False, progress=done.append))
    assert b"".join(texts) == b"a b\nc\n"
    assert sum(done) == 6


@pytest.mark.parametrize(("size", "share"), [(0, 0.1), (10, 0.6), (10, -0.1)])
def test_impossible_sizes_are_refused(size, share):
    with pytest.raises(InputError, match="impossible size"):
        CorpusSample([], sample_bytes=size, held_out_share=share)


def test_bytes_that_are_no_text_are_refused_without_showing_them(tmp_path):
    path = tmp_path / "latin1.txt"
    path.write_bytes(b"fine\nsecret \xe9\n")
    sample = CorpusSample([str(path)], sample_bytes=100)
    with pytest.raises(InputError, match=r"latin1.txt:2: .* not UTF-8") as info:
        list(sample.texts(held_out=False))
    assert "secret" not in str(info.value)
