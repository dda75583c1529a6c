"""What a script that fine-tunes hands to the run, whatever its kind of task."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import flags

from cli import model
from cli import tokenizer as tokenizer_flags
from preprocessing.tokenization import Tokenizer
from tasks.task import Split, Task


@dataclasses.dataclass(frozen=True)
class RunInputs(abc.ABC):
    """Inputs of a run, read and checked.

    Attributes:
      fv: the flags, for what needs no more checking.
      model: config, first weights, precision.
      tokenizer: of the model.
      task: the corpus with its labels.
      splits: what the run needs of "train", "dev", "test".
    """

    fv: flags.FlagValues
    model: model.ModelFlags
    tokenizer: Tokenizer
    task: Task
    splits: dict[str, Split]

    @property
    def dev_chooses(self) -> bool:
        """Whether dev is scored in training and picks the checkpoint."""
        return dev_chooses(self.fv)

    @property
    def vocabulary(self) -> str:
        """Returns the path of the vocabulary or SentencePiece model."""
        return tokenizer_flags.vocabulary_path(
            tokenizer_flags.read(self.fv), family=self.model.config.family
        )

    @abc.abstractmethod
    def prepare_folder(self, folder: str) -> None:
        """Puts beside the checkpoints what predicting needs of the inputs.

        Raises:
          InputError: its checkpoint was trained with another label set.
        """

    @abc.abstractmethod
    def write_reports(
        self, folder: str, predicted: Mapping[str, Any], *, step: int
    ) -> None:
        """Writes tables and pictures of the predictions by split."""

    @property
    def appended_rows(self) -> int:
        """Pieces that the checkpoint's vocabulary does not have."""
        return 0

    def facts(self) -> dict[str, object]:
        """Returns what results.json says of the task beside its scores."""
        return {}

    def loss_options(self) -> dict[str, Any]:
        """Returns what decides the loss; a run is resumed with the same."""
        return {}

    def input_options(self) -> dict[str, Any]:
        """Returns what decides how text becomes input, for any kind."""
        return {
            "vocabulary": self.tokenizer.vocab_sha256,
            "do_lower_case": self.tokenizer.lower_case,
            "strip_accents": self.fv.strip_accents,
            "control_characters": self.fv.control_characters,
            "gelu": self.model.gelu_form,
        }


def dev_chooses(fv: flags.FlagValues) -> bool:
    """Returns whether dev is scored in training and picks the checkpoint."""
    return bool(fv.eval_every_steps or fv.eval_every_epochs)
