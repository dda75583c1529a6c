"""What a training run is told, as frozen values, one for each concern.

Knows no TensorFlow: flags are read into these before it is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from foundation.errors import InputError
from modeling.config import Config


@dataclasses.dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How records are put into batches.

    Attributes:
      train_batch_size: records of one micro-batch.
      gradient_accumulation_steps: micro-batches of one update.
      group_by_length: batch records of like length.
      pad_to_max: pad every row to max_seq_length.
      max_seq_length: pieces of the longest row.
      shuffle_buffer: records that the next one is drawn from, as the
        originals' tf.data shuffle (100); None = all.
      eval_batch_size: records of a batch when dev is scored; None = as many
        as make about 4,096 pieces.
      predict_batch_size: the same for every other split.
    """

    train_batch_size: int = 32
    gradient_accumulation_steps: int = 1
    group_by_length: bool = True
    pad_to_max: bool = False
    max_seq_length: int = 128
    shuffle_buffer: int | None = None
    eval_batch_size: int | None = None
    predict_batch_size: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class OptimizerOptions:
    """Constants of the update.

    Attributes:
      kind: "adamw" or "lamb".
      bias_correction: divide the moments by 1 - beta^t, as the Adam paper.
      clip_norm: largest norm of the gradient; 0 = no clipping.
      clip_by: "global" (norm over all variables, the TF originals) or
        "tensor" (each by itself, the PyTorch MedNLI script).
    """

    kind: str = "adamw"
    weight_decay: float = 0.01
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-6  # BERT's optimizer; the Adam paper has 1e-8
    bias_correction: bool = False
    clip_norm: float = 1.0
    clip_by: str = "global"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScheduleOptions:
    """How long and how fast to train.

    Attributes:
      num_train_epochs: passes over the data; may be a fraction.
      warmup_proportion: share of the updates in which the rate rises.
      num_train_steps: updates, whatever the epochs; None = by epochs.
      num_warmup_steps: updates in which the rate rises; None = the share.
    """

    learning_rate: float = 5e-5
    num_train_epochs: float = 3.0
    warmup_proportion: float = 0.1
    num_train_steps: int | None = None
    num_warmup_steps: int | None = None

    def warmup_of(self, num_updates: int) -> int:
        """Returns in how many of a run's updates the rate rises."""
        if self.num_warmup_steps is not None:
            return self.num_warmup_steps
        return int(num_updates * self.warmup_proportion)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransferOptions:
    """How the parts of a pretrained model are taken over and trained.

    Attributes:
      layerwise_lr_decay: factor of the rate from a layer to the one below;
        1 = one rate for all (`parameter_groups.rate_factors`).
      freeze: parts that do not train (`parameter_groups.frozen_parts`).
      reinit_layers: top layers that start anew, the pooler with them.
      crf_learning_rate: highest rate of a CRF's weights.
    """

    layerwise_lr_decay: float = 1.0
    freeze: str = "none"
    reinit_layers: int = 0
    # Su 2020 (kexue.fm/archives/7196): a BERT's rate leaves the transitions
    # unlearned; 100 to 1,000 times as much is in use. They start at 0 and an
    # update of Adam moves them by about the rate.
    crf_learning_rate: float = 1e-2


@dataclasses.dataclass(frozen=True, kw_only=True)
class SavingOptions:
    """When to save, to evaluate and to stop.

    Attributes:
      save_checkpoints_steps: updates between two checkpoints.
      keep_checkpoint_max: checkpoints kept; the best one is always kept.
      eval_every_steps: updates between two evaluations on dev; 0 = none.
      eval_every_epochs: the same in epochs; 0 = none.
      patience: evaluations without a better score before training stops; 0
        = train to the end.
      log_every_steps: updates between two lines of metrics.jsonl.
    """

    save_checkpoints_steps: int = 1000
    keep_checkpoint_max: int = 5
    eval_every_steps: int = 0
    eval_every_epochs: float = 0.0
    patience: int = 0
    log_every_steps: int = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Which model, from where, how precise.

    Attributes:
      config: of the encoder, dropout rates included.
      gelu_form: "erf" or "tanh".
      init_checkpoint: where the first weights come from; None = random.
      precision: "float32", "bfloat16" or "float16".
      appended_rows: rows at the end of the embedding table that the first
        weights need not have (`MarkedTokenizer.appended`).
    """

    config: Config
    gelu_form: str
    init_checkpoint: str | None
    precision: str = "float32"
    appended_rows: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class FineTuningOptions:
    """All that a run is told.

    Attributes:
      output_dir: of checkpoints and results.
      seed: of data order, dropout and fresh weights.
      input_options: what decides how text becomes input, such as the
        vocabulary's hash; a trained model is used with the same only.
      transfer: what trains, how fast, what starts anew.
      loss_options: what decides the loss, such as class weights; a run is
        resumed with the same only.
    """

    output_dir: str
    model: ModelOptions
    batches: BatchOptions
    schedule: ScheduleOptions
    saving: SavingOptions
    optimizer: OptimizerOptions
    seed: int
    input_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    transfer: TransferOptions = TransferOptions()
    loss_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def num_updates(
    num_examples: int, batches: BatchOptions, schedule: ScheduleOptions
) -> int:
    """Returns the number of updates: the originals' int(n / batch * epochs).

    Or as many as are asked for (ALBERT's --train_step).

    Raises:
      InputError: there are none.
    """
    if schedule.num_train_steps is not None:
        return schedule.num_train_steps
    per_update = batches.train_batch_size * batches.gradient_accumulation_steps
    total = int(num_examples / per_update * schedule.num_train_epochs)
    if total < 1:
        raise InputError(
            "there is nothing to train",
            got=f"{num_examples} examples, {per_update} an update, "
            f"{schedule.num_train_epochs} epochs: 0 updates",
            expected="1 update or more",
            next_step="lower --train_batch_size or raise --num_train_epochs",
        )
    return total
