"""`AutoTokenizer.from_pretrained` on what we write gives our ids."""

import json

import pytest

from preprocessing.huggingface_tokenizer import write_tokenizer
from preprocessing.marked_tokenizer import mark_entities
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from tests.comma_model import comma_model

LONG = "ACGT" * 30  # 120 letters: one [UNK] to transformers' BertTokenizer


def write(folder, tokenizer, path):
    write_tokenizer(
        str(folder), tokenizer, vocabulary=str(path), max_length=512
    )
    model = {"model_type": tokenizer.family}  # as config.json tells
    (folder / "config.json").write_text(json.dumps(model))


@pytest.fixture
def lines(fixtures_dir):
    path = fixtures_dir / "sample_corpus" / "abstracts.txt"
    texts = path.read_text(encoding="utf-8").split("\n")
    return [*texts, "Você e maçã, hacía möchte", LONG, "the 11,4 mg"]


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("vocab_cased_2k.txt", {"lower_case": False}),
        ("vocab_uncased_2k.txt", {"lower_case": True}),
        ("vocab_uncased_2k.txt", {"lower_case": True, "strip_accents": False}),
        ("spm_2k.model", {"lower_case": True}),
        ("spm_2k.model", {"lower_case": True, "strip_accents": False}),
        ("spm_2k.model", {"lower_case": False}),
    ],
)
def test_ids_are_ours(huggingface, golden_dir, tmp_path, lines, name, rules):
    path = golden_dir / "tokenization" / name
    loading = load_wordpiece if name.endswith(".txt") else load_sentencepiece
    tokenizer = loading(str(path), **rules)
    write(tmp_path, tokenizer, path)
    found = huggingface.tokenize(tmp_path, lines)
    assert found["ids"] == tokenizer.encode_lines(lines)
    assert found["length"] == tokenizer.vocab_size
    assert found["model_max_length"] == 512
    ids = {n: getattr(tokenizer, f"{n}_id") for n in found["special_ids"]}
    assert found["special_ids"] == ids
    assert "token_type_ids" in found["model_input_names"]
    whole = huggingface.tokenize(tmp_path, lines[:1], special=True)["ids"][0]
    cls, sep = tokenizer.cls_id, tokenizer.sep_id
    assert whole == [cls, *tokenizer.encode(lines[0]), sep]


def test_who_asks_for_berts_class_gets_its_rules(
    huggingface, golden_dir, tmp_path, lines
):
    path = golden_dir / "tokenization" / "vocab_uncased_2k.txt"
    tokenizer = load_wordpiece(str(path), lower_case=True, strip_accents=False)
    write(tmp_path, tokenizer, path)
    found = huggingface.tokenize(tmp_path, lines, class_name="BertTokenizer")
    ours = tokenizer.encode_lines(lines)
    pairs = zip(lines, found["ids"], ours, strict=True)
    assert [text for text, ids, own in pairs if ids != own] == [LONG]
    assert found["settings"]["strip_accents"] is False


def test_the_digit_comma_rule_is_carried(huggingface, tmp_path):
    path = tmp_path / "comma.model"
    path.write_bytes(comma_model())
    tokenizer = load_sentencepiece(str(path), lower_case=True)
    write(tmp_path, tokenizer, path)
    lines = [f"the {n},{k}{e}" for n in (1, 11, 2) for k in range(99) for e in ("", "%")]  # fmt: skip  # noqa: E501
    found = huggingface.tokenize(tmp_path, lines)
    assert found["ids"] == tokenizer.encode_lines(lines)


def test_markers_are_tokens(huggingface, golden_dir, tmp_path):
    path = golden_dir / "tokenization" / "spm_2k.model"
    marked = mark_entities(load_sentencepiece(str(path), lower_case=True))
    write(tmp_path, marked, path)
    lines = ["the [E1] rat [/E1]-in [E2]Cat[/E2] on"]
    found = huggingface.tokenize(tmp_path, lines)
    assert found["ids"] == marked.encode_lines(lines)
    assert found["length"] == marked.vocab_size
