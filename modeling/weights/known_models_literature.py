"""Models of the biomedical literature, as `KnownModel`s.

dmis-lab/biobert, naver/biobert-pretrained, allenai/scibert, usmaann/BioALBERT
READMEs; the cards and file lists of their models on Hugging Face.
"""

from __future__ import annotations

from modeling.weights.known_model import (
    ALBERT_30K,
    BERT_CASED,
    BERT_UNCASED,
    BIOBERT_LARGE,
    PUBMEDBERT_ABSTRACT,
    PUBMEDBERT_FULLTEXT,
    SCIVOCAB_CASED,
    SCIVOCAB_UNCASED,
    KnownModel,
    Vocabulary,
)

_BASE = "L-12_H-768_A-12"
_LARGE = "L-24_H-1024_A-16"
_DRIVE = "https://drive.google.com/file/d/"
_NAVER = "https://github.com/naver/biobert-pretrained/releases"
_BERT_FILES = ("bert_config.json", "vocab.txt")
# The only licence of these repositories is their code's.
_BIOBERT_LICENCE = "Apache-2.0 (the code's; none is stated for the weights)"


def _biobert(
    corpus: str, num_steps: int, drive: str, *, version: str = "v1.0"
) -> KnownModel:
    """Returns a BioBERT-Base that was published as a TF1 archive."""
    folder = f"biobert_{version}_{corpus}"
    is_first = version == "v1.0"
    return KnownModel(
        key=folder.replace("_", "-"),
        name=f"BioBERT-Base {version} ({corpus.replace('_', ' + ')})",
        family="bert",
        lower_case=False,
        gelu="erf",
        pattern=folder
        + ("" if is_first else r"|biobert-(base-cased-)?v1\.1(-pubmed)?"),
        vocabulary=BERT_CASED,
        size=_BASE,
        pretrained_length=512,  # published-results.md 1.1
        num_steps=num_steps,
        hub=None if is_first else "dmis-lab/biobert-v1.1",
        sources=(
            f"{_NAVER}/download/{version}-{corpus.replace('_', '-')}/"
            f"{folder}.tar.gz",
            f"{_DRIVE}{drive}",
        ),
        files=(
            "biobert_model.ckpt" if is_first else "model.ckpt-1000000",
            *_BERT_FILES,
        ),
        licence=_BIOBERT_LICENCE,
        note="" if is_first else "Lacks the masked LM head: v1.2 has it.",
    )


BIOBERT = (
    _biobert("pubmed", 200_000, "17j6pSKZt5TtJ8oQCDNIwlSZ0q5w7NNBg"),
    _biobert("pmc", 270_000, "1LiAJklso-DCAJmBekRTVEvqUOfm0a9fX"),
    _biobert("pubmed_pmc", 470_000, "1jGUu2dWB1RaeXmezeJmdiPKQp3ZCmNb7"),
    _biobert(
        "pubmed",
        1_000_000,
        "1R84voFKHfWV9xjzeLzWBbmY1uOMYpnyD",
        version="v1.1",
    ),
    KnownModel(
        key="biobert-v1.2",
        name="BioBERT-Base v1.2 (pubmed)",
        family="bert",
        lower_case=False,
        gelu="erf",
        pattern=r"biobert-(base-cased-)?v1\.2|biobert_v1\.2(_pubmed)?",
        vocabulary=BERT_CASED,
        size=_BASE,
        pretrained_length=512,
        num_steps=1_000_000,
        hub="dmis-lab/biobert-base-cased-v1.2",
        sources=("https://huggingface.co/dmis-lab/biobert-base-cased-v1.2",),
        note="v1.1 with its masked LM head; no TF1 archive.",
    ),
    KnownModel(
        key="biobert-large-v1.1",
        name="BioBERT-Large v1.1 (pubmed)",
        family="bert",
        lower_case=False,
        gelu="erf",
        pattern=r"biobert_large.*|biobert-large-cased.*"
        r"|bio_bert_large_1000k\.ckpt.*|(vocab_|.*_)cased_pubmed_pmc_30k.*",
        vocabulary=BIOBERT_LARGE,
        size=_LARGE,
        num_steps=1_000_000,
        hub="dmis-lab/biobert-large-cased-v1.1",
        sources=(f"{_DRIVE}1GJpGjQj6aZPV-EfbiQELpBkvlGtoKiyA",),
        files=(
            "bio_bert_large_1000k.ckpt",
            "bert_config_bio_58k_large.json",
            "vocab_cased_pubmed_pmc_30k.txt",
        ),
        licence=_BIOBERT_LICENCE,
        note='Called "30k", its vocabulary has 58,996 pieces.',
    ),
    KnownModel(
        key="biobert",
        name="BioBERT-Base (the name does not say which)",
        family="bert",
        lower_case=False,
        gelu="erf",
        pattern=r"biobert_v1\.\d(_pubmed|_pmc)*|biobert-(base-cased-)?v1\.\d.*"
        r"|biobert_model\.ckpt.*",
        vocabulary=BERT_CASED,
        pretrained_length=512,
        is_listed=False,
    ),
)


def _scibert(words: str, case: str, vocabulary: Vocabulary) -> KnownModel:
    folder = f"scibert_{words}_{case}"
    return KnownModel(
        key=folder.replace("_", "-"),
        name=f"SciBERT {words} {case}",
        family="bert",
        lower_case=case == "uncased",
        gelu="erf",
        pattern=folder.replace("_", "[_-]"),
        vocabulary=vocabulary,
        size=_BASE,
        pretrained_length=512,  # originals.md 6.8
        num_steps=800_000,  # the same: 500,000 at 128, the rest at 512
        hub=f"allenai/{folder}" if words == "scivocab" else None,
        sources=(
            "https://s3-us-west-2.amazonaws.com/ai2-s2-research/scibert/"
            f"tensorflow_models/{folder}.tar.gz",
        ),
        files=("bert_model.ckpt", *_BERT_FILES),
        licence="Apache-2.0",
    )


SCIBERT = (
    _scibert("scivocab", "uncased", SCIVOCAB_UNCASED),
    _scibert("scivocab", "cased", SCIVOCAB_CASED),
    _scibert("basevocab", "uncased", BERT_UNCASED),
    _scibert("basevocab", "cased", BERT_CASED),
)


def _pubmedbert(rest: str, vocabulary: Vocabulary | None) -> KnownModel:
    """Returns one of microsoft/*, which have two names each."""
    size, _, text = rest.partition("-uncased-")
    return KnownModel(
        key="pubmedbert-" + ("" if size == "base" else f"{size}-") + text,
        name=f"PubMedBERT-{size} ({text}; now BiomedBERT)",
        family="bert",
        lower_case=True,
        gelu=None,  # published for transformers alone, whose rule decides
        pattern=f"biomednlp-(pubmedbert|biomedbert)-{rest}",
        vocabulary=vocabulary,
        size=_BASE if size == "base" else _LARGE,
        hub=f"microsoft/BiomedNLP-BiomedBERT-{rest}",
        sources=(
            f"https://huggingface.co/microsoft/BiomedNLP-BiomedBERT-{rest}",
        ),
        licence="MIT",
        note="PyTorch only.",
    )


PUBMEDBERT = (
    _pubmedbert("base-uncased-abstract", PUBMEDBERT_ABSTRACT),
    _pubmedbert("base-uncased-abstract-fulltext", PUBMEDBERT_FULLTEXT),
    KnownModel(
        key="pubmedbert",
        name="PubMedBERT or BiomedBERT (the name does not say which)",
        family="bert",
        lower_case=True,
        gelu=None,
        pattern=r"biomednlp-(pubmedbert|biomedbert)-(base|large)-uncased.*"
        r"|pubmedbert.*",
        is_listed=False,
    ),
)


def _bioalbert(size: str, corpora: str, drive: str) -> KnownModel:
    """Returns one of the eight; corpora as in "PubMed + PMC"."""
    version = "v1.0" if size == "Base" else "v1.1"
    names = [word.split("-")[0].lower() for word in corpora.split(" + ")]
    joined = "[_-]".join(names)
    return KnownModel(
        key="-".join(["bioalbert", size.lower(), *names]),
        name=f"BioALBERT-{size} {version} ({corpora})",
        family="albert",
        lower_case=True,
        gelu="tanh",
        # The README's folder and the one of its author's commands (issue 2).
        pattern=rf"bioalbert[_-]({joined}[_-]{size}|{size}[_-]{joined})",
        vocabulary=ALBERT_30K,
        size=_BASE if size == "Base" else _LARGE,
        sources=(f"{_DRIVE}{drive}",),
        files=("model.ckpt-best",),
        note="Config and SentencePiece model are ALBERT-"
        f"{size.lower()}'s (its issue 2): put them beside the weights."
        + (" Trained on MIMIC-III notes." if "MIMIC" in corpora else ""),
    )


BIOALBERT = (
    _bioalbert("Base", "PubMed", "1sCU1vvSOWoWVAkOoWGUC3ZKraItLIoXD"),
    _bioalbert("Base", "PubMed + PMC", "1N2UekXKNqhbjQLbtipsm8rNPcaFEG-2I"),
    _bioalbert(
        "Base", "PubMed + MIMIC-III", "1t9XUVMxEfRzVYU0M99NB9PIPSZWAFX4V"
    ),
    _bioalbert(
        "Base", "PubMed + PMC + MIMIC-III", "1SIBd_-GETHhMiZ7BgMdDPEUDjOjtN_bH"
    ),
    _bioalbert("Large", "PubMed", "1uX5w8yaMyJta3Nit_3ayrL16tE-dO8Ew"),
    _bioalbert("Large", "PubMed + PMC", "1WJp7KbWXPa-3QWpsXcN95smY6V2RRbcX"),
    _bioalbert(
        "Large", "PubMed + MIMIC-III", "1mZeW_0iQsCSIn86cW_XduaGnVtNGGXYp"
    ),
    _bioalbert(
        "Large", "PubMed + PMC + MIMIC-III", "16KRtHf8Meze2Hcc4vK_GUNhG-9LY6_6P"
    ),
    KnownModel(
        key="bioalbert",
        name="BioALBERT (the name does not say which)",
        family="albert",
        lower_case=True,
        gelu="tanh",
        pattern=r"bioalbert([_-]?(base|large|pubmed).*)?"
        r"|(base|large)[_-]bioalbert.*",
        vocabulary=ALBERT_30K,
        files=("model.ckpt-best",),
        is_listed=False,
    ),
)


OTHERS = (
    KnownModel(
        # People's own folder names; all of that time, with erf.
        key="a-biomedical-bert",
        name="BioBERT, clinicalBERT, SciBERT or BlueBERT",
        family="bert",
        lower_case=None,
        gelu="erf",
        pattern=r"bio_?bert|clinical_?bert|bio_?clinical_?bert|sci_?bert"
        r"|blue_?bert",
        is_listed=False,
    ),
)
