"""What a pretraining run is told, as frozen values, one for each concern.

Knows no TensorFlow: flags are read into these before it is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from preprocessing.dynamic_masking import DynamicMasker
from preprocessing.record_set import RecordSet
from training.options import ModelOptions, OptimizerOptions, SavingOptions

# What is learned beside the masked pieces: the name of the sentence task in
# logs and eval_results.txt, as the originals have it; "" = nothing.
SENTENCE_TASKS = {
    "masked_lm": "",
    "next_sentence": "next_sentence",
    "sentence_order": "sentence_order",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class InputOptions:
    """Records and how they become batches.

    Attributes:
      records: what is read.
      max_seq_length: S, pieces of a row.
      max_predictions_per_seq: P, masked pieces of a row, as in the records
        (twice the flag with ALBERT's do_permutation).
      batch_size: records of one micro-batch over all devices, or of one batch
        of evaluation.
      gradient_accumulation_steps: micro-batches of one update.
      shuffle: False = in the order of the files, wrapping around.
      masker: draws the masks of records that have none; None = they have.
    """

    records: RecordSet
    max_seq_length: int
    max_predictions_per_seq: int
    batch_size: int
    gradient_accumulation_steps: int = 1
    shuffle: bool = True
    masker: DynamicMasker | None = None

    @property
    def records_per_update(self) -> int:
        """Over all devices and micro-batches."""
        return self.batch_size * self.gradient_accumulation_steps


@dataclasses.dataclass(frozen=True, kw_only=True)
class RateOptions:
    """The learning rate of one phase or of several in a row.

    Attributes:
      learning_rate: highest rate.
      num_warmup_steps: updates in which it rises.
      power: of the decay; 1 is linear.
      start_warmup_step: update at which the warm-up starts (ALBERT).
    """

    learning_rate: float
    num_warmup_steps: int
    power: float = 1.0
    start_warmup_step: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Phase:
    """A stretch of training on one set of records.

    Attributes:
      inputs: its records and batches.
      num_train_steps: updates of this phase.
      rates: of the schedule that begins with this phase; None = the schedule
        of the phase before goes on over both. A phase with a schedule of its
        own starts with fresh slots, as if from --init_checkpoint.
    """

    inputs: InputOptions
    num_train_steps: int
    rates: RateOptions | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvaluationOptions:
    """What is scored, and how much of it.

    Attributes:
      inputs: the records.
      max_eval_steps: batches at most.
      wraps: exactly so many batches, starting over at the end of the records:
        the originals' evaluation on the records of training. False = every
        record once at most, a short last batch included.
    """

    inputs: InputOptions
    max_eval_steps: int = 100
    wraps: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class DeviceOptions:
    """Where the run computes.

    Attributes:
      strategy: "auto", "one_device", "mirrored", "multi_worker", "tpu", or
        "one_machine": auto, but for workers that TF_CONFIG names.
      use_xla: compile the whole step.
      recompute: forget the activations of a layer and compute them again.
      deterministic: only ops that repeat bit for bit.
      logical_cpus: devices that the CPU is split into; 0 = as it is.
      require_gpu: stop where there is no GPU.
      tpu_name: of the resolver; zone and project beside it.
      iterations_per_loop: updates between two looks of the host at their
        results; above 1 on a TPU alone.
    """

    strategy: str = "auto"
    use_xla: bool = False
    recompute: bool = False
    deterministic: bool = False
    logical_cpus: int = 0
    require_gpu: bool = False
    tpu_name: str | None = None
    tpu_zone: str | None = None
    gcp_project: str | None = None
    iterations_per_loop: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class PretrainingOptions:
    """All that a run is told.

    Attributes:
      output_dir: of checkpoints and results.
      model: config, first weights, precision.
      objective: a key of `SENTENCE_TASKS`.
      phases: in order; one at least.
      optimizer: its constants.
      saving: when to save, evaluate and log.
      evaluation: of `--do_eval`, and every `saving.eval_every_steps` updates
        when it is of held-out records; None = no evaluation.
      devices: where.
      seed: of order, dropout, masks and fresh weights.
      keep_best: keep the checkpoint that predicts most masked pieces right as
        model.ckpt-best, as ALBERT's script.
      init_from_group0: ALBERT: all groups start as the first one.
      new_phase: other records than those the output folder was trained on
        are meant to be.
      input_options: what must be the same in a resumed run beside the above,
        such as the vocabulary's hash; name -> value for messages.
    """

    output_dir: str
    model: ModelOptions
    objective: str
    phases: tuple[Phase, ...]
    optimizer: OptimizerOptions
    saving: SavingOptions
    evaluation: EvaluationOptions | None
    devices: DeviceOptions
    seed: int
    keep_best: bool = False
    init_from_group0: bool = False
    new_phase: bool = False
    input_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def sentence_task(self) -> str:
        """Name of the sentence task; "" where there is none."""
        return SENTENCE_TASKS[self.objective]

    @property
    def num_train_steps(self) -> int:
        """Updates of all phases."""
        return sum(phase.num_train_steps for phase in self.phases)
