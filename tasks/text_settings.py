"""What a trained classifier needs beside weights, config and labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tasks.model_settings import ModelSettings
from tasks.text_rows import OVERFLOWS, POOLINGS, TextLimits


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextSettings(ModelSettings):
    """How a classifier was trained to read texts.

    Attributes:
      overflow: what becomes of long texts, as of TextLimits.
      doc_stride: pieces between two windows; None = half of one.
      pooling: of windows' logits.
      max_qa_length: pieces of question and option (multiple choice).
      threshold: least probability of a label that holds.
      entity_format: how the entities of a relation are given.
    """

    file_name = "classifier.json"
    what = "the classifier's settings"

    overflow: str
    doc_stride: int | None
    pooling: str
    max_qa_length: int
    threshold: float
    entity_format: str

    @property
    def limits(self) -> TextLimits:
        """Returns how long rows may be."""
        return TextLimits(
            max_seq_length=self.max_seq_length,
            overflow=self.overflow,
            doc_stride=self.doc_stride,
            pooling=self.pooling,
            max_qa_length=self.max_qa_length,
        )

    @classmethod
    def is_sound(cls, value: Mapping[str, Any]) -> bool:
        """Returns whether each setting can be what training wrote."""
        stride, threshold = value["doc_stride"], value["threshold"]
        return (
            value["overflow"] in OVERFLOWS
            and value["pooling"] in POOLINGS
            and (stride is None or (type(stride) is int and stride > 0))
            and type(value["max_qa_length"]) is int
            and isinstance(threshold, float)
            and 0 < threshold < 1
            and isinstance(value["entity_format"], str)
        )
