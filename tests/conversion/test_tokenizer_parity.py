"""Lines with equal ids are counted, and those without."""

import importlib.util
import json

import pytest

from conversion.tokenizer_parity import can_compare, compare_with_export
from foundation.errors import InputError
from preprocessing.huggingface_tokenizer import write_tokenizer
from preprocessing.tokenization import load_wordpiece


@pytest.fixture
def tokenizer(golden_dir, tmp_path):
    path = str(golden_dir / "tokenization" / "vocab_cased_2k.txt")
    tokenizer = load_wordpiece(path, lower_case=False)
    write_tokenizer(str(tmp_path), tokenizer, vocabulary=path, max_length=8)
    return tokenizer


def test_equal_and_unequal_lines_are_counted(tokenizer, tmp_path):
    lines = ["The dose", "of rats", "", "DOSE"]
    assert can_compare()
    assert compare_with_export(tokenizer, str(tmp_path), lines) == (4, 0)
    path = tmp_path / "tokenizer.json"
    exported = json.loads(path.read_text(encoding="utf-8"))
    exported["normalizer"]["lowercase"] = True
    path.write_text(json.dumps(exported), encoding="utf-8")
    assert compare_with_export(tokenizer, str(tmp_path), lines) == (2, 2)


def test_a_missing_export_is_told(tokenizer, tmp_path):
    with pytest.raises(InputError, match="exported tokenizer"):
        compare_with_export(tokenizer, str(tmp_path / "none"), ["a"])


def test_a_missing_library_is_told(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not can_compare()
    with pytest.raises(InputError, match="pip install tokenizers"):
        compare_with_export(tokenizer, str(tmp_path), ["a"])
