"""scripts/models.py, and what it finds at paths."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from modeling.weights.known_models import known_model, listed_models
from modeling.weights.model_files import examine
from tests.scripts.script_runs import load_script


@pytest.fixture(scope="module")
def script(root_dir):
    return load_script(root_dir, "models")


def _run(script, capsys, *arguments) -> tuple[int, str, str]:
    code = script.main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_every_model_of_the_issue_is_listed(script, capsys):
    code, out, _ = _run(script, capsys)
    assert code == 0
    lines = out.rstrip("\n").split("\n")
    assert len(lines) == 1 + len(listed_models())
    starts = re.match(r"name\s+", lines[0]).end()
    assert all(line[starts - 2 : starts] == "  " for line in lines)
    keys = [line.split()[0] for line in lines]
    counted = {
        "biobert-": 6,
        "bioalbert-": 8,
        "biobertpt-": 3,
        "scibert-": 4,
        "bluebert-": 4,
        "pubmedbert-": 2,
        "albert-": 9,
    }
    for start, number in counted.items():
        assert sum(key.startswith(start) for key in keys) == number, start
    for key in (
        "bio-clinical-bert",
        "bio-discharge-summary-bert",
        "clinical-bert",
        "discharge-summary-bert",
    ):
        assert key in keys


def test_the_table_is_sound():
    models = listed_models()
    assert len({model.key for model in models}) == len(models)
    for model in models:
        assert model.sources, model.key
        assert model.family in ("bert", "albert")
        assert model.gelu in ("erf", "tanh", None)
        assert known_model(model.key) in (model, None) or (
            known_model(model.key).gelu == model.gelu
        )
        if model.hub:  # its name on the hub is its name
            assert known_model(f"hf://{model.hub}@main") is model
            cached = model.hub.replace("/", "--")
            path = f"/c/models--{cached}/snapshots/0a1b/vocab.txt"
            assert known_model(path) is model
        for source in model.sources:
            archive = re.search(r"/([^/]+?)(\.tar\.gz|\.zip)$", source)
            if archive and archive[1] != "pretrained_bert_tf":
                assert known_model(f"/m/{archive[1]}/x.ckpt") is model


def test_the_guide_has_the_table(script, capsys, root_dir):
    _, out, _ = _run(script, capsys, "--markdown")
    guide = (root_dir / "docs/models.md").read_text(encoding="utf-8")
    assert out in guide, "python scripts/models.py --markdown prints it"


def test_a_model_by_any_of_its_names(script, capsys):
    for name in (
        "bio-clinical-bert",
        "emilyalsentzer/Bio_ClinicalBERT",
        "hf://emilyalsentzer/Bio_ClinicalBERT@main",
        "Bio+Clinical BERT",
        "biobert_pretrain_output_all_notes_150000",
    ):
        code, out, _ = _run(script, capsys, name)
        assert code == 0
        assert out.startswith("bio-clinical-bert\n")
        assert re.search(r"pretrained length: +128", out)
    _, out, _ = _run(script, capsys, "--json", "bio-clinical-bert")
    assert json.loads(out)["files"][0] == "model.ckpt-150000"
    _, out, _ = _run(script, capsys, "--json")
    assert len(json.loads(out)) == len(listed_models())


def test_an_unknown_name_gets_near_ones(script, capsys):
    code, _, err = _run(script, capsys, "scibert-scivocab-uncasd")
    assert code == 2
    assert "scibert-scivocab-uncased" in err
    assert err.count("\n") == 1


def test_what_is_missing_is_named(script, capsys, tmp_path):
    folder = tmp_path / "biobert_v1.1_pubmed"
    folder.mkdir()
    (folder / "model.ckpt-1000000.index").write_bytes(b"x")
    code, out, _ = _run(script, capsys, folder)
    assert code == 2
    assert "BioBERT-Base v1.1 (pubmed), by its name" in out
    assert "lacks its data file" in out
    assert "Config: missing bert_config.json" in out
    assert "Vocabulary: missing vocab.txt" in out
    code, out, _ = _run(script, capsys, folder / "model.ckpt-1000000")
    assert code == 2
    assert "by its name" in out


def test_bioalberts_missing_files_are_alberts(tmp_path):
    folder = tmp_path / "bioalbert_large_pubmed_mimic"
    folder.mkdir()
    for end in ("index", "data-00000-of-00001"):
        (folder / f"model.ckpt-best.{end}").write_bytes(b"x")
    found = examine(str(folder))
    assert found.model is not None
    assert found.model.key == "bioalbert-large-pubmed-mimic"
    told = " ".join(found.problems)
    assert "missing albert_config.json" in told
    assert "missing 30k-clean.model" in told
    assert "ALBERT-large's" in told


def test_another_models_files_are_named(script, capsys, tmp_path):
    folder = tmp_path / "biobert_v1.1_pubmed"
    folder.mkdir()
    for end in ("index", "data-00000-of-00001"):
        (folder / f"model.ckpt-1000000.{end}").write_bytes(b"x")
    config = {"vocab_size": 5, "num_hidden_layers": 2}
    (folder / "bert_config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n")
    code, out, _ = _run(script, capsys, folder)
    assert code == 2
    assert re.search(r"vocab\.txt has sha256 [0-9a-f]{64}, BERT cased", out)
    assert "BioBERT-Base v1.1 (pubmed) has 28996" in out
    assert "is L-12_H-768_A-12" in out


def test_a_folder_of_hugging_face(script, capsys, fixtures_dir):
    code, out, _ = _run(script, capsys, fixtures_dir / "huggingface/bert_tiny")
    assert code == 2
    assert re.search(r"GELU: +erf", out)
    assert "missing vocab.txt" in out


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "key"),
    [
        ("llSiddharthll_uncased_L-8_H-512", "bert-medium-uncased"),
        ("jadepeng_albert_base_zh", "albert-base-zh"),
    ],
)
def test_an_index_is_known_by_its_hash(shared_dir, tmp_path, folder, key):
    target = tmp_path / "some name"
    shutil.copytree(shared_dir / "data/ckpt/index-only" / folder, target)
    found = examine(str(target))
    assert found.model is not None
    assert found.model.key == key
    assert "the hash of" in found.recognised_by


@pytest.mark.shared
def test_a_vocabulary_and_a_size_leave_few(shared_dir, tmp_path):
    vocabulary = shared_dir / "data/vocab/bert-base-cased/vocab.txt"
    shutil.copy(vocabulary, tmp_path)
    config = {"vocab_size": 28996, "type_vocab_size": 2}
    (tmp_path / "bert_config.json").write_text(json.dumps(config))
    keys = {model.key for model in examine(str(tmp_path)).candidates}
    assert {"bert-base-cased", "biobert-v1.1-pubmed", "clinical-bert"} <= keys
    assert not any("large" in key for key in keys)
