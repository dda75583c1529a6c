r"""Makes pretraining data of text: BERT's and ALBERT's command line.

  python create_pretraining_data.py --input_file=corpus/*.txt \
    --output_file=data/part_0.tfrecord,data/part_1.tfrecord \
    --vocab_file=biobert/vocab.txt --do_lower_case=false \
    --max_seq_length=128 --max_predictions_per_seq=20 --dupe_factor=5

Reads text with one sentence a line and a blank line between documents, and
writes the records that the original of that name writes, in the same order,
with manifest.json beside them. --check_only says what is wrong with the text.
After google-research/bert and google-research/albert
create_pretraining_data.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import (
    entry,
    pretraining_data,
    pretraining_objective,
    pretraining_run,
    pretraining_scale,
    tokenizer,
)

DEFAULTS: dict[str, object] = {}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares all flags of this script."""
    pretraining_data.define(fv)
    pretraining_objective.define(fv)
    pretraining_scale.define(fv)
    tokenizer.define(fv, defaults=DEFAULTS)


def main(argv: Sequence[str]) -> int:
    """Runs what the flags say; returns the exit code."""
    del argv
    return pretraining_run.run_all(flags.FLAGS)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
