"""What a trained model of questions needs beside weights and config."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tasks.model_settings import ModelSettings
from tasks.question_windows import WindowLimits
from tasks.questions import ANSWER_TYPES


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuestionSettings(ModelSettings):
    """How a model was trained to read questions.

    Attributes:
      answer_type: "span" or "yesno".
      doc_stride: pieces between two windows.
      max_query_length: pieces of a question.
      version_2_with_negative: whether "no answer" was learned.
      all_windows: whether a yes/no question is asked of all windows.
    """

    file_name = "question_answering.json"
    what = "the settings of question answering"

    answer_type: str
    doc_stride: int
    max_query_length: int
    version_2_with_negative: bool
    all_windows: bool

    @property
    def limits(self) -> WindowLimits:
        """Returns how long rows may be."""
        return WindowLimits(
            self.max_seq_length, self.doc_stride, self.max_query_length
        )

    @classmethod
    def is_sound(cls, value: Mapping[str, Any]) -> bool:
        """Returns whether each setting can be what training wrote."""
        stride, longest = value["doc_stride"], value["max_query_length"]
        return (
            value["answer_type"] in ANSWER_TYPES
            and type(stride) is int
            and stride > 0
            and type(longest) is int
            and 0 <= longest <= value["max_seq_length"] - 4
            and isinstance(value["version_2_with_negative"], bool)
            and isinstance(value["all_windows"], bool)
        )
