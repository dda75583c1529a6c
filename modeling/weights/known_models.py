"""The published models by name: family, casing, GELU form, vocabulary.

Every original's JSON says "gelu" and means one of two functions, and no TF1
checkpoint says whether its vocabulary is cased; what a path is called does
(originals.md 4.1, 10.3; DESIGN 2.8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from foundation import files

# Of the vocabulary file's bytes; None: no copy at hand to hash.
_CASED = "eeaa9875b23b04b4c54ef759d03db9d1ba1554838f8fb26c5d96fa551df93d02"
_UNCASED = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
_SCIVOCAB_UNCASED = (
    "f0a650346e51ede8996710f79ba65d83fdb8da05b159f17037b74ba4e3a36c6f"
)
_ALBERT = "fefb02b667a6c5c2fe27602d28e5fb3428f66ab89c7d6f388e7c8d44a02d0336"
# Where a vocabulary lies beside a checkpoint; BioBERT-Large's has its own
# name (naver/biobert-pretrained).
_VOCABULARY_FILES = ("vocab.txt", "30k-clean.model", "spiece.model")
# A checkpoint's own name, its folder, and the folder of that one (releases
# were unpacked into a folder in a folder). Higher up stand people's names.
_NUM_PARTS = 3


@dataclass(frozen=True)
class KnownModel:
    """A published model, or several that differ in nothing told here.

    Attributes:
      name: as its authors call it.
      family: "bert" or "albert".
      lower_case: whether its vocabulary is lower-cased; None: not known.
      gelu: "erf" or "tanh", the form it was trained with; None: not known.
      pattern: matches one whole part of a path, in any case of letters.
      vocab_sha256: of its vocabulary file; None: not known.
    """

    name: str
    family: str
    lower_case: bool | None
    gelu: str | None
    pattern: str
    vocab_sha256: str | None = None


_SIZE = r"_?L-\d+_H-\d+_A-\d+(\.zip|_v\d)?"
_TABLE = (
    # dmis-lab/biobert, naver/biobert-pretrained; Hugging Face: dmis-lab/*.
    KnownModel(
        "BioBERT-Base v1.0, v1.1, v1.2",
        "bert",
        False,
        "erf",
        r"biobert_v1\.\d(_pubmed|_pmc)*|biobert-(base-cased-)?v1\.\d.*"
        r"|biobert_model\.ckpt.*",
        _CASED,
    ),
    KnownModel(
        "BioBERT-Large v1.1",  # its vocabulary of 30k is its own
        "bert",
        False,
        "erf",
        r"biobert_large.*|biobert-large-cased.*|bio_bert_large_1000k\.ckpt.*"
        r"|(vocab_|.*_)cased_pubmed_pmc_30k.*",
    ),
    # EmilyAlsentzer/clinicalBERT, its four folders; emilyalsentzer/*.
    KnownModel(
        "Bio+Clinical BERT, Bio+Discharge Summary BERT",
        "bert",
        False,
        "erf",
        r"biobert_pretrain_output_(all_notes|disch)_\d+"
        r"|bio_(clinical|discharge_summary)_?bert",
        _CASED,
    ),
    KnownModel(
        "Clinical BERT, Discharge Summary BERT",
        "bert",
        False,
        "erf",
        r"bert_pretrain_output_(all_notes|disch)_\d+",
        _CASED,
    ),
    # HAILab-PUCPR/BioBERTpt: multilingual cased, trained with transformers.
    KnownModel(
        "BioBERTpt (all, clin, bio)",
        "bert",
        False,
        "erf",
        r"biobertpt(-all|-clin|-bio)?",
    ),
    # allenai/scibert.
    KnownModel(
        "SciBERT scivocab uncased",
        "bert",
        True,
        "erf",
        r"scibert[_-]scivocab[_-]uncased",
        _SCIVOCAB_UNCASED,
    ),
    KnownModel(
        "SciBERT scivocab cased",
        "bert",
        False,
        "erf",
        r"scibert[_-]scivocab[_-]cased",
    ),
    KnownModel(
        "SciBERT basevocab uncased",
        "bert",
        True,
        "erf",
        r"scibert[_-]basevocab[_-]uncased",
        _UNCASED,
    ),
    KnownModel(
        "SciBERT basevocab cased",
        "bert",
        False,
        "erf",
        r"scibert[_-]basevocab[_-]cased",
        _CASED,
    ),
    # ncbi-nlp/bluebert: base and large, PubMed and PubMed + MIMIC-III.
    KnownModel(
        "BlueBERT (NCBI BERT)",
        "bert",
        True,
        "erf",
        rf"(ncbi_?bert|bluebert)_pubmed(_mimic)?_uncased{_SIZE}"
        r"|bluebert-(base|large)-uncased.*",
        _UNCASED,
    ),
    # microsoft/*: published for transformers only, whose rule decides.
    KnownModel(
        "PubMedBERT (BiomedBERT)",
        "bert",
        True,
        None,
        r"biomednlp-(pubmedbert|biomedbert)-(base|large)-uncased.*"
        r"|pubmedbert.*",
    ),
    # usmaann/BioALBERT: eight, made with google-research/albert.
    KnownModel(
        "BioALBERT",
        "albert",
        True,
        "tanh",
        r"bioalbert([_-]?(base|large).*)?|(base|large)[_-]bioalbert.*",
        _ALBERT,
    ),
    # google-research/bert.
    KnownModel(
        "BERT, uncased (all sizes)",
        "bert",
        True,
        "tanh",
        rf"(wwm_)?uncased{_SIZE}|bert[_-](base|large)[_-]uncased.*",
        _UNCASED,
    ),
    KnownModel(
        "BERT, cased",
        "bert",
        False,
        "tanh",
        rf"(wwm_)?cased{_SIZE}|bert[_-](base|large)[_-]cased.*",
        _CASED,
    ),
    KnownModel(
        "BERT, multilingual cased",
        "bert",
        False,
        "tanh",
        rf"multi_cased{_SIZE}|bert-base-multilingual-cased",
    ),
    KnownModel(
        # Lower-cased, by BERT's own check (validate_case_matches_checkpoint).
        "BERT, multilingual uncased and Chinese",
        "bert",
        True,
        "tanh",
        rf"(multilingual|chinese){_SIZE}"
        r"|bert-base-(multilingual-uncased|chinese)",
    ),
    KnownModel(
        # People's own folder names; all of that time, with erf.
        "BioBERT, clinicalBERT, SciBERT or BlueBERT",
        "bert",
        None,
        "erf",
        r"bio_?bert|clinical_?bert|bio_?clinical_?bert|sci_?bert|blue_?bert",
    ),
    # google-research/albert, v1 and v2.
    KnownModel(
        "ALBERT",
        "albert",
        True,
        "tanh",
        r"albert[_-](base|large|xlarge|xxlarge)([_-]v?[12])?",
        _ALBERT,
    ),
)


def known_model(path: str) -> KnownModel | None:
    """Returns the published model that a path is named after, if any.

    Args:
      path: a checkpoint's prefix or file, a vocabulary or a folder. The last
        three parts of it are compared, the last one first.
    """
    parts = path.replace("\\", "/").rstrip("/").split("/")[-_NUM_PARTS:]
    for part in reversed(parts):
        for model in _TABLE:
            if re.fullmatch(model.pattern, part, re.IGNORECASE):
                return model
    return None


def gelu_of(path: str) -> str | None:
    """Returns the GELU form of the model at `path`; None when unknown.

    Its name decides; else its vocabulary, where all known models that have
    it agree.

    Args:
      path: a checkpoint's prefix or file, or its folder.

    Returns:
      "erf", "tanh" or None.
    """
    model = known_model(path)
    if model is not None:
        return model.gelu
    forms = {model.gelu for model in _models_by_vocabulary(path)}
    return forms.pop() if len(forms) == 1 else None


def lower_case_of(path: str) -> bool | None:
    """Returns whether the model at `path` is lower-cased; None: unknown.

    The vocabulary's hash decides, it cannot lie; else the name.

    Args:
      path: a vocabulary, a checkpoint's prefix or file, or a folder.
    """
    forms = {model.lower_case for model in _models_by_vocabulary(path)}
    if len(forms) == 1:
        return forms.pop()
    model = known_model(path)
    return None if model is None else model.lower_case


def _models_by_vocabulary(path: str) -> list[KnownModel]:
    """Returns the known models with the vocabulary at or beside `path`."""
    found = _vocabulary_at(path)
    if found is None:
        return []
    digest = files.sha256_of(found)
    return [model for model in _TABLE if model.vocab_sha256 == digest]


def _vocabulary_at(path: str) -> str | None:
    folder = path
    if not files.is_directory(path):
        if path.endswith((".txt", ".model")) and files.exists(path):
            return path
        folder = path.rpartition("/")[0] or "."
    for name in _VOCABULARY_FILES:
        candidate = files.join(folder, name)
        if files.exists(candidate):
            return candidate
    return None
