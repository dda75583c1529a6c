"""Hugging Face tensor names <-> the original TF1 variable names.

Two tables, one per family, read both ways. A PyTorch `Linear` keeps its
weight as [out, in] where TF1 kernels are [in, out], so kernels are transposed;
the heads' `output_weights` are [out, in] in both worlds.

Sources: originals.md 4.3 and 4.6; modeling_bert.py and modeling_albert.py of
transformers 5.23.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of a table; `{}` stands for a layer, group or block number.

    Attributes:
      huggingface: the name without the model's prefix ("bert.").
      original: the TF1 name.
      transposed: whether the two layouts are each other's transpose.
    """

    huggingface: str
    original: str
    transposed: bool = False


def _dense(huggingface: str, original: str) -> tuple[Row, ...]:
    return (
        Row(f"{huggingface}.weight", f"{original}/kernel", transposed=True),
        Row(f"{huggingface}.bias", f"{original}/bias"),
    )


def _norm(huggingface: str, original: str) -> tuple[Row, ...]:
    return (
        Row(f"{huggingface}.weight", f"{original}/gamma"),
        Row(f"{huggingface}.bias", f"{original}/beta"),
    )


def _head(huggingface: str, original: str) -> tuple[Row, ...]:
    return (
        Row(f"{huggingface}.weight", f"{original}output_weights"),
        Row(f"{huggingface}.bias", f"{original}output_bias"),
    )


_EMBEDDINGS = (
    *(
        Row(f"embeddings.{table}.weight", f"bert/embeddings/{table}")
        for table in (
            "word_embeddings",
            "token_type_embeddings",
            "position_embeddings",
        )
    ),
    *_norm("embeddings.LayerNorm", "bert/embeddings/LayerNorm"),
)
_TASK_HEADS = (
    *_head("classifier", ""),
    *_head("qa_outputs", "cls/squad/"),
)

_HF = "encoder.layer.{}"
_TF = "bert/encoder/layer_{}"
_BERT = (
    *_EMBEDDINGS,
    *_dense(f"{_HF}.attention.self.query", f"{_TF}/attention/self/query"),
    *_dense(f"{_HF}.attention.self.key", f"{_TF}/attention/self/key"),
    *_dense(f"{_HF}.attention.self.value", f"{_TF}/attention/self/value"),
    *_dense(f"{_HF}.attention.output.dense", f"{_TF}/attention/output/dense"),
    *_norm(
        f"{_HF}.attention.output.LayerNorm",
        f"{_TF}/attention/output/LayerNorm",
    ),
    *_dense(f"{_HF}.intermediate.dense", f"{_TF}/intermediate/dense"),
    *_dense(f"{_HF}.output.dense", f"{_TF}/output/dense"),
    *_norm(f"{_HF}.output.LayerNorm", f"{_TF}/output/LayerNorm"),
    *_dense("pooler.dense", "bert/pooler/dense"),
    *_dense(
        "cls.predictions.transform.dense", "cls/predictions/transform/dense"
    ),
    *_norm(
        "cls.predictions.transform.LayerNorm",
        "cls/predictions/transform/LayerNorm",
    ),
    Row("cls.predictions.bias", "cls/predictions/output_bias"),
    *_head("cls.seq_relationship", "cls/seq_relationship/"),
    *_TASK_HEADS,
)

_HF = "encoder.albert_layer_groups.{}.albert_layers.{}"
_TF = "bert/encoder/transformer/group_{}/inner_group_{}"
_ALBERT = (
    *_EMBEDDINGS,
    *_dense(
        "encoder.embedding_hidden_mapping_in",
        "bert/encoder/embedding_hidden_mapping_in",
    ),
    *_dense(f"{_HF}.attention.query", f"{_TF}/attention_1/self/query"),
    *_dense(f"{_HF}.attention.key", f"{_TF}/attention_1/self/key"),
    *_dense(f"{_HF}.attention.value", f"{_TF}/attention_1/self/value"),
    *_dense(f"{_HF}.attention.dense", f"{_TF}/attention_1/output/dense"),
    *_norm(f"{_HF}.attention.LayerNorm", f"{_TF}/LayerNorm"),
    *_dense(f"{_HF}.ffn", f"{_TF}/ffn_1/intermediate/dense"),
    *_dense(f"{_HF}.ffn_output", f"{_TF}/ffn_1/intermediate/output/dense"),
    *_norm(f"{_HF}.full_layer_layer_norm", f"{_TF}/LayerNorm_1"),
    *_dense("pooler", "bert/pooler/dense"),
    *_dense("predictions.dense", "cls/predictions/transform/dense"),
    *_norm("predictions.LayerNorm", "cls/predictions/transform/LayerNorm"),
    Row("predictions.bias", "cls/predictions/output_bias"),
    *_head("sop_classifier.classifier", "cls/seq_relationship/"),
    *_TASK_HEADS,
)

TABLES = {"bert": _BERT, "albert": _ALBERT}
# Heads stand beside the encoder in a Hugging Face model, without its prefix.
_HEADS = (
    "cls.",
    "predictions.",
    "sop_classifier.",
    "classifier.",
    "qa_outputs.",
)
# Names of before 2019-07, in files that are still downloaded.
_OLD_NORM = {"gamma": "weight", "beta": "bias"}
# Not weights: constants, and copies tied to another tensor.
_CONSTANTS = ("embeddings.position_ids", "embeddings.token_type_ids")


def strip_prefix(name: str, family: str) -> str:
    """Returns a Hugging Face name as the tables have it.

    Drops the model's prefix ("bert.", "albert.") and that of DataParallel
    ("module."), and renames `gamma` and `beta` of old files.
    """
    name = name.removeprefix("module.").removeprefix(f"{family}.")
    stem, _, last = name.rpartition(".")
    if stem.endswith("LayerNorm") and last in _OLD_NORM:
        return f"{stem}.{_OLD_NORM[last]}"
    return name


def is_constant(name: str) -> bool:
    """Returns whether a stripped name is a buffer that holds no weights."""
    return name in _CONSTANTS


def to_original(name: str, family: str) -> tuple[str, bool] | None:
    """Translates a stripped Hugging Face name.

    Args:
      name: as `strip_prefix` returns it.
      family: "bert" or "albert".

    Returns:
      The TF1 name and whether the layout is transposed; None for a name that
      the originals do not have.
    """
    for pattern, row in _patterns(family, "huggingface"):
        if found := pattern.fullmatch(name):
            return row.original.format(*found.groups()), row.transposed
    return None


def to_huggingface(name: str, family: str) -> tuple[str, bool] | None:
    """Translates a TF1 name; the inverse of `to_original`.

    Returns:
      The Hugging Face name with the model's prefix and whether the layout is
      transposed; None for a name that Hugging Face models do not have.
    """
    for pattern, row in _patterns(family, "original"):
        if found := pattern.fullmatch(name):
            translated = row.huggingface.format(*found.groups())
            if not translated.startswith(_HEADS):
                translated = f"{family}.{translated}"
            return translated, row.transposed
    return None


@functools.cache
def _patterns(
    family: str, side: str
) -> tuple[tuple[re.Pattern[str], Row], ...]:
    return tuple(
        (
            re.compile(
                re.escape(getattr(row, side)).replace(r"\{\}", r"(\d+)")
            ),
            row,
        )
        for row in TABLES[family]
    )
