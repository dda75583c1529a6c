"""Models of clinical text, as `KnownModel`s.

EmilyAlsentzer/clinicalBERT, HAILab-PUCPR/BioBERTpt, ncbi-nlp/bluebert READMEs;
the cards and file lists of their models on Hugging Face.
"""

from __future__ import annotations

from modeling.weights.known_model import (
    BERT_CASED,
    BERT_UNCASED,
    MULTILINGUAL_CASED,
    KnownModel,
)

_BASE = "L-12_H-768_A-12"
_LARGE = "L-24_H-1024_A-16"
_BERT_FILES = ("bert_config.json", "vocab.txt")


def _clinical(
    start: str, notes: str, num_steps: int, *, name: str, hub: str | None = None
) -> KnownModel:
    """Returns one of clinicalBERT's four folders."""
    folder = f"{start}_pretrain_output_{notes}_{num_steps}"
    pattern = folder
    if hub:
        spelling = hub.rpartition("/")[2]
        pattern += f"|{spelling}|{spelling.replace('BERT', '_BERT')}"
    return KnownModel(
        key=name.lower().replace("+", "-").replace(" ", "-"),
        name=name,
        family="bert",
        lower_case=False,
        gelu="erf",
        pattern=pattern,
        vocabulary=BERT_CASED,
        size=_BASE,
        pretrained_length=128,  # seed 003 and finetune_lm_tf.sh
        num_steps=num_steps,
        hub=hub,
        sources=(
            "https://www.dropbox.com/s/8armk04fu16algz/"
            "pretrained_bert_tf.tar.gz?dl=1",
        ),
        files=(f"model.ckpt-{num_steps}", *_BERT_FILES),
        licence="MIT",
        note="Trained on MIMIC-III notes. One archive holds the four folders.",
    )


CLINICAL = (
    _clinical(
        "biobert",
        "all_notes",
        150_000,
        name="Bio+Clinical BERT",
        hub="emilyalsentzer/Bio_ClinicalBERT",
    ),
    _clinical(
        "biobert",
        "disch",
        100_000,
        name="Bio+Discharge Summary BERT",
        hub="emilyalsentzer/Bio_Discharge_Summary_BERT",
    ),
    _clinical("bert", "all_notes", 150_000, name="Clinical BERT"),
    _clinical("bert", "disch", 100_000, name="Discharge Summary BERT"),
    KnownModel(
        key="clinicalbert-folders",
        name="clinicalBERT (another step than the published)",
        family="bert",
        lower_case=False,
        gelu="erf",
        pattern=r"(bio)?bert_pretrain_output_(all_notes|disch)_\d+",
        vocabulary=BERT_CASED,
        pretrained_length=128,
        is_listed=False,
    ),
)


def _biobertpt(part: str, text: str) -> KnownModel:
    return KnownModel(
        key=f"biobertpt-{part}",
        name=f"BioBERTpt({part})",
        family="bert",
        lower_case=False,
        gelu="erf",
        pattern=f"biobertpt-{part}",
        vocabulary=MULTILINGUAL_CASED,
        size=_BASE,
        pretrained_length=512,  # --block_size of its README
        hub=f"pucpr/biobertpt-{part}",
        sources=(f"https://huggingface.co/pucpr/biobertpt-{part}",),
        note=f"Portuguese: {text}. PyTorch only.",
    )


BIOBERTPT = (
    _biobertpt("all", "clinical notes and abstracts"),
    _biobertpt("clin", "clinical notes of hospitals"),
    _biobertpt("bio", "abstracts of PubMed and SciELO"),
    KnownModel(
        key="biobertpt",
        name="BioBERTpt (the name does not say which)",
        family="bert",
        lower_case=False,
        gelu="erf",
        pattern="biobertpt",
        vocabulary=MULTILINGUAL_CASED,
        pretrained_length=512,
        is_listed=False,
    ),
)


def _bluebert(corpora: str, size: str) -> KnownModel:
    """Returns one of the four; corpora: "pubmed" or "pubmed_mimic"."""
    word = "base" if size == _BASE else "large"
    archive = f"NCBI_BERT_{corpora}_uncased_{size}"
    return KnownModel(
        key=f"bluebert-{word}-{corpora.replace('_', '-')}",
        name=f"BlueBERT-{word} ({corpora.replace('_', ' + ')})",
        family="bert",
        lower_case=True,
        gelu="erf",
        pattern=rf"(ncbi_?bert|bluebert)_{corpora}_uncased_?{size}(\.zip)?",
        vocabulary=BERT_UNCASED,
        size=size,
        hub=f"bionlp/bluebert_{corpora}_uncased_{size}",
        sources=(
            "https://ftp.ncbi.nlm.nih.gov/pub/lu/Suppl/NCBI-BERT/"
            f"{archive}.zip",
        ),
        files=("bert_model.ckpt", *_BERT_FILES),
        licence="public domain (US government); CC0-1.0 on Hugging Face",
        note="Trained on MIMIC-III notes." if "mimic" in corpora else "",
    )


BLUEBERT = (
    _bluebert("pubmed", _BASE),
    _bluebert("pubmed_mimic", _BASE),
    _bluebert("pubmed", _LARGE),
    _bluebert("pubmed_mimic", _LARGE),
    KnownModel(
        key="bluebert",
        name="BlueBERT (NCBI BERT; the name does not say which)",
        family="bert",
        lower_case=True,
        gelu="erf",
        pattern=r"(ncbi_?bert|bluebert)_pubmed(_mimic)?_uncased"
        r"_?L-\d+_H-\d+_A-\d+(\.zip|_v\d)?|bluebert-(base|large)-uncased.*",
        vocabulary=BERT_UNCASED,
        is_listed=False,
    ),
)
