"""The table of published models."""

from __future__ import annotations

import pytest

from modeling.weights.known_models import (
    gelu_of,
    known_model,
    lower_case_of,
)


@pytest.mark.parametrize(
    ("path", "gelu", "lower_case"),
    [
        ("/m/biobert_v1.1_pubmed/model.ckpt-1000000", "erf", False),
        ("/m/biobert_v1.0_pubmed_pmc/biobert_model.ckpt", "erf", False),
        ("biobert_large/bio_bert_large_1000k.ckpt", "erf", False),
        ("dmis-lab/biobert-base-cased-v1.2", "erf", False),
        ("dmis-lab/biobert-v1.1", "erf", False),
        ("biobert_pretrain_output_all_notes_150000", "erf", False),
        (
            "bert_pretrain_output_disch_100000/model.ckpt-100000",
            "erf",
            False,
        ),
        ("emilyalsentzer/Bio_ClinicalBERT", "erf", False),
        ("emilyalsentzer/Bio_Discharge_Summary_BERT", "erf", False),
        ("pucpr/biobertpt-clin", "erf", False),
        ("x/scibert_scivocab_uncased/bert_model.ckpt", "erf", True),
        ("x/scibert_scivocab_cased/bert_model.ckpt", "erf", False),
        ("x/scibert_basevocab_cased", "erf", False),
        (
            "x/NCBI_BERT_pubmed_mimic_uncased_L-12_H-768_A-12/bert_model.ckpt",
            "erf",
            True,
        ),
        ("bluebert_pubmed_uncased_L-24_H-1024_A-16", "erf", True),
        ("uncased_L-2_H-128_A-2/bert_model.ckpt", "tanh", True),
        ("wwm_cased_L-24_H-1024_A-16/bert_model.ckpt", "tanh", False),
        ("cased_L-12_H-768_A-12", "tanh", False),
        ("multi_cased_L-12_H-768_A-12", "tanh", False),
        ("multilingual_L-12_H-768_A-12", "tanh", True),
        ("albert_xxlarge_v2/model.ckpt-best", "tanh", True),
        ("albert_base/albert_base/model.ckpt-best.index", "tanh", True),
        ("BioALBERT_Base_PubMed/model.ckpt-1000000", "tanh", True),
        (
            "microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract-fulltext",
            None,
            True,
        ),
    ],
)
def test_published_names(path, gelu, lower_case):
    assert gelu_of(path) == gelu
    assert lower_case_of(path) is lower_case


@pytest.mark.parametrize(
    "path",
    [
        "model.ckpt-1000000",
        "/home/me/biobert-kit/outputs/run1/model.ckpt-500",
        "/work/albert/model.ckpt-1",
        "uncased",
        "/m/biobert_v1.1_pubmed/a/b/c/model.ckpt-1",  # too far up
        "",
    ],
)
def test_other_names_are_unknown(path):
    assert known_model(path) is None
    assert gelu_of(path) is None
    assert lower_case_of(path) is None


def test_the_nearest_name_decides():
    path = "/m/uncased_L-12_H-768_A-12/scibert_scivocab_cased/bert_model.ckpt"
    assert gelu_of(path) == "erf"


@pytest.mark.parametrize(
    ("folder", "file", "lower_case", "gelu"),
    [
        ("bert-base-cased", "vocab.txt", False, None),  # BERT's and BioBERT's
        ("bert-base-uncased", "vocab.txt", True, None),
        ("scibert-scivocab-uncased", "vocab.txt", True, "erf"),
        ("albert-30k", "30k-clean.model", True, "tanh"),
    ],
)
def test_a_vocabulary_is_known_by_its_hash(
    shared_dir, tmp_path, folder, file, lower_case, gelu
):
    target = tmp_path / file
    target.write_bytes((shared_dir / "data/vocab" / folder / file).read_bytes())
    for path in (target, tmp_path, tmp_path / "model.ckpt-5"):
        assert lower_case_of(str(path)) is lower_case
        assert gelu_of(str(path)) == gelu
    target.write_bytes(target.read_bytes() + b"x")
    assert lower_case_of(str(target)) is None
