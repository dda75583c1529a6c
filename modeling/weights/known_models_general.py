"""BERT and ALBERT as Google published them, as `KnownModel`s.

google-research/bert README.md and multilingual.md, google-research/albert
README.md; Hugging Face: google-bert/*, albert/*.
"""

from __future__ import annotations

from modeling.weights.known_model import (
    ALBERT_30K,
    BERT_CASED,
    BERT_UNCASED,
    CHINESE,
    MULTILINGUAL_CASED,
    MULTILINGUAL_UNCASED,
    KnownModel,
    Vocabulary,
)

# Every archive of google-research/bert has these ("Each .zip file contains
# three items").
_BERT_FILES = ("bert_model.ckpt", "bert_config.json", "vocab.txt")
_ALBERT_FILES = ("model.ckpt-best", "albert_config.json", "30k-clean.model")
_SIZE = r"_?L-\d+_H-\d+_A-\d+(\.zip|_v\d)?"
_BASE = "L-12_H-768_A-12"
_LARGE = "L-24_H-1024_A-16"
_BERT_URL = "https://storage.googleapis.com/bert_models"
_ALBERT_URL = "https://storage.googleapis.com/albert_models"
# originals.md 4.5.
_ALBERT_SIZES = {
    "base": _BASE,
    "large": _LARGE,
    "xlarge": "L-24_H-2048_A-16",
    "xxlarge": "L-12_H-4096_A-64",
}


def _bert(
    archive: str,
    date: str,
    hub: str,
    *,
    name: str,
    vocabulary: Vocabulary = BERT_UNCASED,
    lower_case: bool = True,
) -> KnownModel:
    """Returns a model of google-research/bert; its archive names it."""
    return KnownModel(
        key=hub,
        name=name,
        family="bert",
        lower_case=lower_case,
        gelu="tanh",
        pattern=rf"{archive}(\.zip)?|{hub}",
        vocabulary=vocabulary,
        size=archive[archive.index("L-") :],
        pretrained_length=512,  # "trained with sequence lengths up to 512"
        hub=f"google-bert/{hub}",
        sources=(f"{_BERT_URL}/{date}/{archive}.zip",),
        files=_BERT_FILES,
        licence="Apache-2.0",
        note="Hugging Face's copy computes the other GELU, erf.",
    )


def _albert(size: str, version: int, num_steps: int | None) -> KnownModel:
    # The archives unpack into albert_base, whichever the version.
    spellings = rf"albert[_-]{size}[_-]v?{version}"
    return KnownModel(
        key=f"albert-{size}-v{version}",
        name=f"ALBERT-{size} v{version}",
        family="albert",
        lower_case=True,
        gelu="tanh",
        pattern=spellings,
        vocabulary=ALBERT_30K,
        size=_ALBERT_SIZES[size],
        pretrained_length=512,  # originals.md 7
        num_steps=num_steps,
        hub=f"albert/albert-{size}-v{version}",
        sources=(f"{_ALBERT_URL}/albert_{size}_v{version}.tar.gz",),
        files=_ALBERT_FILES,
        licence="Apache-2.0",
        # originals.md 4.5.
        note="No dropout." if version == 2 or size == "xxlarge" else "",
    )


BERT = (
    _bert(
        f"uncased_{_BASE}",
        "2018_10_18",
        "bert-base-uncased",
        name="BERT-Base, Uncased",
    ),
    _bert(
        f"uncased_{_LARGE}",
        "2018_10_18",
        "bert-large-uncased",
        name="BERT-Large, Uncased",
    ),
    _bert(
        f"cased_{_BASE}",
        "2018_10_18",
        "bert-base-cased",
        name="BERT-Base, Cased",
        vocabulary=BERT_CASED,
        lower_case=False,
    ),
    _bert(
        f"cased_{_LARGE}",
        "2018_10_18",
        "bert-large-cased",
        name="BERT-Large, Cased",
        vocabulary=BERT_CASED,
        lower_case=False,
    ),
    _bert(
        f"wwm_uncased_{_LARGE}",
        "2019_05_30",
        "bert-large-uncased-whole-word-masking",
        name="BERT-Large, Uncased (Whole Word Masking)",
    ),
    _bert(
        f"wwm_cased_{_LARGE}",
        "2019_05_30",
        "bert-large-cased-whole-word-masking",
        name="BERT-Large, Cased (Whole Word Masking)",
        vocabulary=BERT_CASED,
        lower_case=False,
    ),
    _bert(
        f"multi_cased_{_BASE}",
        "2018_11_23",
        "bert-base-multilingual-cased",
        name="BERT-Base, Multilingual Cased",
        vocabulary=MULTILINGUAL_CASED,
        lower_case=False,
    ),
    # Lower-cased, by BERT's own check (validate_case_matches_checkpoint).
    _bert(
        f"multilingual_{_BASE}",
        "2018_11_03",
        "bert-base-multilingual-uncased",
        name="BERT-Base, Multilingual Uncased",
        vocabulary=MULTILINGUAL_UNCASED,
    ),
    _bert(
        f"chinese_{_BASE}",
        "2018_11_03",
        "bert-base-chinese",
        name="BERT-Base, Chinese",
        vocabulary=CHINESE,
    ),
    KnownModel(
        key="bert-medium-uncased",
        name="BERT-Medium, Uncased",
        family="bert",
        lower_case=True,
        gelu="tanh",
        pattern=r"uncased_L-8_H-512_A-8(\.zip)?",
        vocabulary=BERT_UNCASED,
        size="L-8_H-512_A-8",
        pretrained_length=512,
        sources=(f"{_BERT_URL}/2020_02_20/uncased_L-8_H-512_A-8.zip",),
        files=_BERT_FILES,
        # llSiddharthll/Bert at f5d89225.
        index_sha256=(
            "c113cabdd69393e76f0d46f0fbdeb15330accb85546f5cdb3cc7c59daf7f82cc"
        ),
        licence="Apache-2.0",
    ),
    # The 24 smaller ones, and whatever is made from these and keeps the name.
    KnownModel(
        key="bert-uncased",
        name="BERT, uncased (one of many sizes)",
        family="bert",
        lower_case=True,
        gelu="tanh",
        pattern=rf"(wwm_)?uncased{_SIZE}|bert[_-](base|large)[_-]uncased.*",
        vocabulary=BERT_UNCASED,
        files=_BERT_FILES,
        licence="Apache-2.0",
        is_listed=False,
    ),
    KnownModel(
        key="bert-cased",
        name="BERT, cased",
        family="bert",
        lower_case=False,
        gelu="tanh",
        pattern=rf"(wwm_)?cased{_SIZE}|bert[_-](base|large)[_-]cased.*",
        vocabulary=BERT_CASED,
        files=_BERT_FILES,
        licence="Apache-2.0",
        is_listed=False,
    ),
    KnownModel(
        key="bert-multilingual-cased",
        name="BERT, multilingual cased",
        family="bert",
        lower_case=False,
        gelu="tanh",
        pattern=rf"multi_cased{_SIZE}",
        vocabulary=MULTILINGUAL_CASED,
        is_listed=False,
    ),
    KnownModel(
        key="bert-multilingual-or-chinese",
        name="BERT, multilingual uncased or Chinese",
        family="bert",
        lower_case=True,
        gelu="tanh",
        pattern=rf"(multilingual|chinese){_SIZE}",
        is_listed=False,
    ),
)

ALBERT = (
    *(_albert(size, 1, None) for size in ("base", "large", "xlarge")),
    _albert("xxlarge", 1, 1_500_000),
    # "We train ALBERT-base for 10M steps and other models for 3M steps".
    _albert("base", 2, 10_000_000),
    *(_albert(size, 2, 3_000_000) for size in ("large", "xlarge", "xxlarge")),
    KnownModel(
        key="albert-base-zh",
        name="ALBERT-base, Chinese",
        family="albert",
        lower_case=None,
        gelu=None,  # its activation is relu
        pattern=r"albert[_-]base[_-]zh",
        vocabulary=CHINESE,
        size=_BASE,
        sources=(f"{_ALBERT_URL}/albert_base_zh.tar.gz",),
        files=("model.ckpt-best", "albert_config.json"),
        # jadepeng/ee-test at 448f990b.
        index_sha256=(
            "fdd8aa0f6ffb3dd7af2937af01134c64e882b61f8828b7eea80d5f6adfcc0511"
        ),
        note="Its vocabulary is WordPiece, not SentencePiece.",
    ),
    KnownModel(
        key="albert",
        name="ALBERT (version 1 or 2, the name does not say)",
        family="albert",
        lower_case=True,
        gelu="tanh",
        pattern=r"albert[_-](base|large|xlarge|xxlarge)",
        vocabulary=ALBERT_30K,
        files=_ALBERT_FILES,
        licence="Apache-2.0",
        is_listed=False,
    ),
)
