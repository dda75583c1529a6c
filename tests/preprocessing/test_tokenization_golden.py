"""Ids equal to those of the original programs, line by line."""

import hashlib
import json

import pytest

from preprocessing.sentence_piece import preprocess_text
from preprocessing.tokenization import load_sentencepiece, load_wordpiece

BUNDLED = {
    "uncased_2k": "vocab_uncased_2k.txt",
    "cased_2k": "vocab_cased_2k.txt",
    "spm_2k": "spm_2k.model",
}
PUBLISHED = {
    "uncased_30522": "bert-base-uncased/vocab.txt",
    "bert_base_cased": "bert-base-cased/vocab.txt",
    "albert_30k": "albert-30k/30k-clean.model",
}


def load(path):
    if path.suffix == ".model":
        return load_sentencepiece(str(path), lower_case=True)
    return load_wordpiece(str(path), lower_case="uncased" in str(path))


def rows_of(path, name):
    with open(path, encoding="utf-8", newline="\n") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if name in row]


def check(tokenizer, rows, name):
    texts = [row["text"] for row in rows]
    expected = [row[name] for row in rows]
    assert tokenizer.encode_lines(texts) == expected
    assert [tokenizer.encode(text) for text in texts] == expected
    if hasattr(tokenizer, "reference"):
        assert [tokenizer.reference.encode(x) for x in texts] == expected
    else:
        cleaned = [row[f"{name}_preprocessed"] for row in rows]
        assert [preprocess_text(x, lower_case=True) for x in texts] == cleaned


@pytest.mark.parametrize("name", BUNDLED)
def test_the_bundled_slice(golden_dir, name):
    folder = golden_dir / "tokenization"
    rows = rows_of(folder / "tokens.jsonl", name)
    assert len(rows) > 100
    tokenizer = load(folder / BUNDLED[name])
    check(tokenizer, rows, name)
    data = (folder / BUNDLED[name]).read_bytes()
    assert tokenizer.vocab_sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "name", "count"),
    [
        ("tokens.jsonl", "uncased_2k", 552),
        ("tokens.jsonl", "cased_2k", 552),
        ("tokens.jsonl", "spm_2k", 552),
        ("tokens.jsonl", "uncased_30522", 552),
        ("tokens_real_vocabularies.jsonl", "albert_30k", 168),
        ("tokens_real_vocabularies.jsonl", "bert_base_cased", 168),
    ],
)
def test_every_golden_line(shared_dir, file, name, count):
    rows = rows_of(shared_dir / "golden" / "tokenization" / file, name)
    assert len(rows) == count
    if name in PUBLISHED:
        path = shared_dir / "data" / "vocab" / PUBLISHED[name]
    else:
        path = shared_dir / "golden" / "pretraining_data" / BUNDLED[name]
    check(load(path), rows, name)
