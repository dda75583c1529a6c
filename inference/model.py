"""An encoder with a task's head on top: what is trained and predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from modeling.config import Config
from modeling.dropout import NO_DROPOUT, DropoutMasks
from modeling.encoder import build_encoder
from modeling.heads import LabelHead
from modeling.tensors import EncoderInputs
from tasks.task import Split, Task


class TaskModel:
    """Features in, logits out.

    Args:
      config: of the encoder.
      task: supplies the head's size and where it sits.
      gelu_form: "erf" or "tanh".
      seed: of weights that no checkpoint supplies.
      dtype: of the encoder's matrix products.
    """

    def __init__(
        self,
        config: Config,
        task: Task,
        *,
        gelu_form: str,
        seed: int,
        dtype: str = "float32",
    ) -> None:
        self.task = task
        self.encoder = build_encoder(
            config, gelu_form=gelu_form, seed=seed, dtype=dtype
        )
        self.head = LabelHead(
            task.head_scope,
            task.num_labels,
            config,
            suffix=task.head_suffix,
            seed=seed,
            with_crf=task.uses_crf,
        )

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """Returns all weights under their checkpoint names."""
        return {**self.encoder.named, **self.head.named}

    @property
    def trainable(self) -> dict[str, tf.Variable]:
        """Returns the weights that the task's loss depends on."""
        return {
            name: variable
            for name, variable in self.variables.items()
            if self.task.uses_pooler or not name.startswith("bert/pooler/")
        }

    def logits(
        self,
        batch: Mapping[str, tf.Tensor],
        masks: DropoutMasks = NO_DROPOUT,
    ) -> tf.Tensor:
        """Returns the task's logits for a batch, float32.

        Args:
          batch: input_ids, input_mask, segment_ids: int32 [B, S].
          masks: dropout of a training pass; none when predicting.
        """
        ids = batch["input_ids"]
        wanted = None
        if self.task.uses_pooler:  # of the last layer the first piece alone
            wanted = tf.zeros([tf.shape(ids)[0], 0], tf.int32)
        outputs = self.encoder(
            EncoderInputs(
                ids, batch["input_mask"], batch["segment_ids"], wanted=wanted
            ),
            masks,
        )
        rate = self.task.head_dropout
        outputs = outputs._replace(
            sequence_output=masks(
                outputs.sequence_output, rate, "head/sequence"
            ),
            pooled_output=masks(outputs.pooled_output, rate, "head/pooled"),
        )
        return self.task.logits(self.head, outputs)

    def loss(
        self, batch: Mapping[str, tf.Tensor], masks: DropoutMasks
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the sum of a training batch's losses and of their weights.

        Args:
          batch: the task's features.
          masks: dropout of the pass.
        """
        return self.task.loss(self.head, self.logits(batch, masks), batch)

    def head_weights(self) -> dict[str, np.ndarray]:
        """Returns the head's weights as they are, by name."""
        return {name: v.numpy() for name, v in self.head.named.items()}

    def predict(self, split: Split, logits: Sequence[np.ndarray]) -> Any:
        """Returns the task's predictions from the logits of a split's rows."""
        return self.task.decode(split, logits, self.head_weights())
