"""What a trained tagger needs beside weights, config and labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tasks.model_settings import ModelSettings
from tasks.tagging_features import Limits


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaggerSettings(ModelSettings):
    """How a tagger was trained to read text.

    Attributes:
      doc_stride: pieces between two windows; None cuts long sentences.
      repairs_tags: whether the tags that are written are valid IOB2.
      uses_crf: whether the head has a CRF.
    """

    file_name = "tagger.json"
    what = "the tagger's settings"

    doc_stride: int | None
    repairs_tags: bool
    uses_crf: bool

    @property
    def limits(self) -> Limits:
        """Returns what a row may hold."""
        return Limits(self.max_seq_length, self.doc_stride)

    @classmethod
    def is_sound(cls, value: Mapping[str, Any]) -> bool:
        """Returns whether each setting can be what training wrote."""
        stride, length = value["doc_stride"], value["max_seq_length"]
        return all(
            isinstance(value[name], bool)
            for name in ("repairs_tags", "uses_crf")
        ) and (
            stride is None or (type(stride) is int and 0 < stride < length - 1)
        )
