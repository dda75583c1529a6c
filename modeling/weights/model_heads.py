"""What can stand on an encoder, and what each world calls it.

A TF1 checkpoint says by its names which head it has, up to one doubt: a
classifier, a tagger and a choice among texts are all `output_weights` (their
labels or settings, or the user, tell which). A Hugging Face config names its
class. Sources: originals.md 4.3, 4.6, 6.3; modeling_bert.py and
modeling_albert.py of transformers 5.23.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

_TRANSFORM = "cls/predictions/transform"
_MASKED_LM = (
    f"{_TRANSFORM}/dense/kernel",
    f"{_TRANSFORM}/dense/bias",
    f"{_TRANSFORM}/LayerNorm/gamma",
    f"{_TRANSFORM}/LayerNorm/beta",
    "cls/predictions/output_bias",
)
_PAIRS = (
    "cls/seq_relationship/output_weights",
    "cls/seq_relationship/output_bias",
)
_LABELS = ("output_weights", "output_bias")
_SPANS = ("cls/squad/output_weights", "cls/squad/output_bias")
_POOLER = "bert/pooler/"
_CRF = "crf/"
_CLASS_PREFIX = {"bert": "Bert", "albert": "Albert"}


@dataclass(frozen=True)
class HeadKind:
    """One kind of model.

    Attributes:
      name: ours, of the flag --head.
      class_suffix: of its class in transformers ("BertForPreTraining").
      tensors: original names of what stands on the encoder.
      has_pooler: whether the class in transformers has a pooler.
      has_labels: whether its outputs have names.
    """

    name: str
    class_suffix: str
    tensors: tuple[str, ...] = ()
    has_pooler: bool = False
    has_labels: bool = False

    def class_name(self, family: str) -> str:
        """Returns the name of its class in transformers."""
        return f"{_CLASS_PREFIX[family]}{self.class_suffix}"

    def takes(self, name: str) -> bool:
        """Returns whether a tensor, by its original name, is a part of it."""
        if name.startswith(_POOLER):
            return self.has_pooler
        return name.startswith("bert/") or name in self.tensors


ENCODER = HeadKind("encoder", "Model", has_pooler=True)
PRETRAINING = HeadKind(
    "pretraining", "ForPreTraining", (*_MASKED_LM, *_PAIRS), has_pooler=True
)
MASKED_LM = HeadKind("masked_lm", "ForMaskedLM", _MASKED_LM)
SEQUENCES = HeadKind(
    "sequence_classification",
    "ForSequenceClassification",
    _LABELS,
    has_pooler=True,
    has_labels=True,
)
TOKENS = HeadKind(
    "token_classification", "ForTokenClassification", _LABELS, has_labels=True
)
SPANS = HeadKind("question_answering", "ForQuestionAnswering", _SPANS)
CHOICE = HeadKind(
    "multiple_choice", "ForMultipleChoice", _LABELS, has_pooler=True
)
KINDS: Mapping[str, HeadKind] = {
    kind.name: kind
    for kind in (
        *(ENCODER, PRETRAINING, MASKED_LM, SEQUENCES, TOKENS),
        *(SPANS, CHOICE),
    )
}


def kind_of_class(architecture: str) -> HeadKind | None:
    """Returns the kind of a class of transformers; None: not one of ours."""
    for kind in KINDS.values():
        for family in _CLASS_PREFIX:
            if architecture == kind.class_name(family):
                return kind
    return None


def kinds_by_tensors(names: Collection[str]) -> list[HeadKind]:
    """Returns the kinds that a checkpoint's names allow, the fullest first.

    Args:
      names: original names of its tensors.

    Returns:
      One kind, but for `output_weights`, which three kinds share.
    """
    found = [
        kind
        for kind in (PRETRAINING, MASKED_LM, SPANS, SEQUENCES, TOKENS, CHOICE)
        if set(kind.tensors) <= set(names)
    ]
    if not found:
        return [ENCODER]
    if set(found[0].tensors) == set(_LABELS):
        return found
    return found[:1]


def has_crf(names: Collection[str]) -> bool:
    """Returns whether a checkpoint's tagger has a CRF."""
    return any(name.startswith(_CRF) for name in names)


def has_pooler(names: Collection[str]) -> bool:
    """Returns whether a checkpoint has a pooler."""
    return any(name.startswith(_POOLER) for name in names)


def class_named_in(values: Mapping[str, Any]) -> str:
    """Returns the class that a Hugging Face config names; "" for none.

    Args:
      values: its JSON object.
    """
    named = values.get("architectures")
    if isinstance(named, list) and named and isinstance(named[0], str):
        return named[0]
    return ""


def label_names(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the outputs' names in a config's id2label; () without them.

    Args:
      values: the JSON object of a Hugging Face config.
    """
    names = values.get("id2label")
    if not isinstance(names, dict):
        return ()
    ids = [str(number) for number in range(len(names))]
    if sorted(names) != sorted(ids):
        return ()
    return tuple(str(names[number]) for number in ids)
