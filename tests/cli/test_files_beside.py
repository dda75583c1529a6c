"""Config, vocabulary and casing from beside the weights."""

from __future__ import annotations

import json
import pathlib
import shutil

import pytest
from absl import flags

from cli import lengths, model, model_inputs, stored_casing, tokenizer
from foundation.errors import InputError
from modeling.weights import hub
from preprocessing.stored_tokenizer import vocabulary_text
from tests.hub_server import COMMIT, serving


@pytest.fixture(autouse=True)
def forget():
    for cached in (lengths._warn, stored_casing._stored, hub._found):
        clear = getattr(cached, "cache_clear", None) or cached.clear
        clear()


def _flags(**values) -> flags.FlagValues:
    fv = flags.FlagValues()
    model.define_trained(fv, defaults={})
    tokenizer.define(fv, defaults={})
    flags.DEFINE_integer("max_seq_length", 16, "", flag_values=fv)
    if "do_train" in values:
        flags.DEFINE_boolean("do_train", False, "", flag_values=fv)
        flags.DEFINE_string("output_dir", "/nowhere", "", flag_values=fv)
    fv(["x", *(f"--{name}={value}" for name, value in values.items())])
    return fv


def _read(**values):
    fv = _flags(**values)
    found = model.read_trained(fv)
    return fv, found, model_inputs.read_tokenizer(fv, found)


@pytest.fixture
def folder(tmp_path, fixtures_dir, golden_dir) -> pathlib.Path:
    """A Hugging Face folder with an uncased vocabulary."""
    target = tmp_path / "model"
    shutil.copytree(fixtures_dir / "huggingface/bert_tiny", target)
    for path in target.glob("*token*"):
        path.unlink()
    shutil.copy(
        golden_dir / "tokenization/vocab_uncased_2k.txt", target / "vocab.txt"
    )
    return target


def _say(folder: pathlib.Path, **values) -> None:
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(values))


def test_a_hugging_face_folder_is_enough(folder):
    fv, found, pieces = _read(init_checkpoint=folder)
    assert fv.vocab_file == str(folder / "vocab.txt")
    assert found.gelu_form == "erf"
    assert pieces.lower_case
    assert fv.strip_accents == "auto"


def test_accents_are_as_the_folder_says(folder):
    _say(folder, do_lower_case=True, strip_accents=False)
    fv, _, pieces = _read(init_checkpoint=folder)
    assert fv.strip_accents == "false"
    assert pieces.lower_case
    assert pieces.encode("Crème") != pieces.encode("Creme")
    fv, _, pieces = _read(init_checkpoint=folder, strip_accents="true")
    assert pieces.encode("Crème") == pieces.encode("Creme")  # a flag wins


def test_a_casing_that_the_vocabulary_contradicts_is_reported(folder, caplog):
    _say(folder, do_lower_case=False)
    _, _, pieces = _read(init_checkpoint=folder)
    assert pieces.lower_case
    assert "says do_lower_case false, but the vocabulary is uncased" in (
        caplog.text
    )


def test_pieces_without_letters_are_cased_as_the_folder_says(folder):
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n1\n2\n")
    for value in (True, False):
        _say(folder, do_lower_case=value)
        stored_casing._stored.cache_clear()
        _, _, pieces = _read(init_checkpoint=folder)
        assert pieces.lower_case is value


def test_tokenizer_json_alone_is_read(folder):
    _, _, expected = _read(init_checkpoint=folder)
    original = (folder / "vocab.txt").read_text(encoding="utf-8")
    pieces = original.rstrip("\n").split("\n")
    (folder / "vocab.txt").unlink()
    special = pieces.index("[MASK]")
    described = {
        "model": {
            "type": "WordPiece",
            "vocab": {p: i for i, p in enumerate(pieces) if i != special},
        },
        "added_tokens": [{"id": special, "content": "[MASK]"}],
        "normalizer": {
            "type": "BertNormalizer",
            "lowercase": True,
            "strip_accents": False,
        },
    }
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(described))
    assert vocabulary_text(str(path)) == original
    fv, _, found = _read(init_checkpoint=folder)
    assert fv.vocab_file == str(path)
    assert found.vocab_sha256 == expected.vocab_sha256
    assert found.encode("Aspirin inhibits") == expected.encode(
        "Aspirin inhibits"
    )
    assert found.encode("Crème") != found.encode("Creme")
    del described["model"]["vocab"][pieces[7]]
    path.write_text(json.dumps(described))
    with pytest.raises(InputError, match="holes"):
        _read(init_checkpoint=folder)


def test_alberts_tokenizer_json_alone_is_refused(tmp_path, fixtures_dir):
    target = tmp_path / "albert"
    shutil.copytree(fixtures_dir / "huggingface/albert_tiny", target)
    for path in (*target.glob("*.model"), *target.glob("vocab*")):
        path.unlink()
    (target / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="no SentencePiece model"):
        _read(init_checkpoint=target)


def test_biobert_larges_names_are_found(tmp_path):
    target = tmp_path / "biobert_large"
    target.mkdir()
    for end in ("index", "data-00000-of-00001"):
        (target / f"bio_bert_large_1000k.ckpt.{end}").write_bytes(b"x")
    config = {"vocab_size": 5, "hidden_act": "gelu"}
    (target / "bert_config_bio_58k_large.json").write_text(json.dumps(config))
    (target / "vocab_cased_pubmed_pmc_30k.txt").write_text(
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\nAspirin\n"
    )
    (target / "._vocab.txt").write_text("what a Mac leaves")
    fv, found, pieces = _read(init_checkpoint=target)
    assert fv.vocab_file.endswith("vocab_cased_pubmed_pmc_30k.txt")
    assert pieces.vocab_size == found.config.vocab_size
    assert found.gelu_form == "erf"  # by its name


def test_a_model_of_the_hub(folder, tmp_path, monkeypatch):
    fetched = hub._fetched
    with serving(folder, "lab/tiny-bert") as server:
        monkeypatch.setattr(
            hub,
            "_fetched",
            lambda path, *_: fetched(path, server.url, str(tmp_path / "cache")),
        )
        fv, found, pieces = _read(init_checkpoint="hf://lab/tiny-bert")
    assert fv.init_checkpoint == f"hf://lab/tiny-bert@{COMMIT}"
    assert found.init_checkpoint.endswith(COMMIT)
    assert fv.vocab_file.startswith(found.init_checkpoint)
    assert pieces.lower_case
    assert model.folder_of_checkpoint(fv.init_checkpoint) == (
        found.init_checkpoint
    )


@pytest.mark.parametrize(
    ("name", "length", "warns"),
    [
        ("biobert_pretrain_output_all_notes_150000", 128, False),
        ("biobert_pretrain_output_all_notes_150000", 129, True),
        ("biobert_v1.1_pubmed", 512, False),
        ("bluebert_pubmed_uncased_L-12_H-768_A-12", 512, False),  # unknown
        ("my_model", 512, False),
    ],
)
def test_rows_beyond_the_pretraining_are_told_once(caplog, name, length, warns):
    fv = _flags(
        init_checkpoint=f"/m/{name}/model.ckpt-150000",
        max_seq_length=length,
        do_train=True,
    )
    for _ in range(3):
        lengths.check(fv)
    told = [r for r in caplog.records if "was pretrained at 128" in r.message]
    assert len(told) == int(warns)
    caplog.clear()
    fv.do_train = False
    lengths._warn.cache_clear()
    lengths.check(fv)
    assert not caplog.records


def _lower_case_of(path: pathlib.Path) -> bool:
    is_model = path.suffix == ".model"
    name = "spm_model_file" if is_model else "vocab_file"
    options = tokenizer.read(_flags(**{name: path}))
    family = "albert" if is_model else "bert"
    return tokenizer.load_tokenizer(options, family=family).lower_case


@pytest.mark.parametrize(
    ("name", "lower_case"),
    [
        ("vocab_cased_2k.txt", False),
        ("vocab_uncased_2k.txt", True),
        ("spm_2k.model", True),
    ],
)
def test_the_casing_of_bundled_vocabularies(golden_dir, name, lower_case):
    path = golden_dir / "tokenization" / name
    assert _lower_case_of(path) is lower_case


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "lower_case"),
    [
        ("bert-base-cased/vocab.txt", False),
        ("bert-base-uncased/vocab.txt", True),
        ("scibert-scivocab-uncased/vocab.txt", True),
        ("albert-30k/30k-clean.model", True),
    ],
)
def test_the_casing_of_published_vocabularies(shared_dir, name, lower_case):
    assert _lower_case_of(shared_dir / "data/vocab" / name) is lower_case


@pytest.mark.weights
def test_the_casing_of_real_weights(minilm_dir):
    assert _lower_case_of(minilm_dir / "vocab.txt") is True
