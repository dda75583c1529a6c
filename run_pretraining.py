r"""Trains BERT or ALBERT on records of masked text; both command lines.

  python run_pretraining.py --do_train --do_eval \
    --input_file=data/part_*.tfrecord --output_dir=outputs/clinical_bert \
    --bert_config_file=biobert/bert_config.json \
    --init_checkpoint=biobert/model.ckpt-1000000 \
    --max_seq_length=128 --max_predictions_per_seq=20 \
    --train_batch_size=32 --num_train_steps=150000 \
    --num_warmup_steps=10000 --learning_rate=5e-5

Reads what create_pretraining_data.py wrote, this one or the originals'. Goes
on from --init_checkpoint, or starts a model from nothing. Which family it is,
the config says; flags that are not given are that family's. Writes to
--output_dir: checkpoints that the originals can read and go on with,
metrics.jsonl, TensorBoard's files, learning_curves.png, eval_results.txt
and run.flags. The same command again goes on where it stands, after a crash or
a signal too. --eval_input_file scores held-out records in training;
--phase2_input_file adds a second phase, of longer records. After
google-research/bert and google-research/albert run_pretraining.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import (
    devices,
    entry,
    lm_defaults,
    lm_evaluation,
    lm_inputs,
    lm_run,
    lm_schedule,
    model,
    tokenizer,
    tpu,
)

# None = as the family's original has it (cli/lm_defaults.py).
DEFAULTS = {**lm_defaults.undecided(), "do_eval": False}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares all flags of this script."""
    lm_inputs.define(fv)
    lm_evaluation.define(fv)
    model.define(fv, defaults=DEFAULTS)
    model.define_pretraining(fv)
    tokenizer.define_vocabulary(fv, defaults=DEFAULTS)
    lm_schedule.define(fv, defaults=DEFAULTS)
    lm_run.define(fv, defaults=DEFAULTS)
    devices.define(fv)
    tpu.define(fv)
    lm_defaults.describe(fv)


def main(argv: Sequence[str]) -> int:
    """Runs what the flags say; returns the exit code."""
    del argv
    return lm_run.run_all(flags.FLAGS)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
