r"""Fine-tunes, evaluates and predicts relations; BioBERT's command line.

  python run_re.py --task_name=gad --do_train=true --do_eval=true \
    --do_predict=true --vocab_file=biobert/vocab.txt \
    --bert_config_file=biobert/bert_config.json \
    --init_checkpoint=biobert/model.ckpt-1000000 --max_seq_length=128 \
    --train_batch_size=32 --learning_rate=2e-5 --num_train_epochs=3.0 \
    --do_lower_case=false --data_dir=datasets/RE/GAD/1 \
    --output_dir=outputs/gad

  python run_re.py --task_name=gad --data_dir=datasets/RE/GAD --folds=all ...

  python run_re.py --task_name=gad --predict_file=sentences.txt \
    --output_dir=outputs/gad

Reads sentences in which two entities are masked (@GENE$) or marked, each with
the class of their relation. Writes to --output_dir what run_classifier.py
writes. The same command again goes on where it stands. After dmis-lab/biobert
run_re.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import (
    classification,
    classification_rows,
    classification_run,
    entry,
    fine_tuning,
    original_flags,
    relations,
)

# BioBERT's run_re.py; its settings of the README are a recipe.
DEFAULTS = {
    "do_train": False,
    "do_eval": False,
    "do_predict": False,
    "num_train_epochs": 3.0,
    "control_characters": "any",
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares all flags of this script."""
    classification.define(fv, defaults=DEFAULTS, script="relation")
    classification_rows.define(fv)
    relations.define(fv)
    fine_tuning.define(fv, defaults=DEFAULTS)
    original_flags.define(fv)


def main(argv: Sequence[str]) -> int:
    """Runs what the flags say; returns the exit code."""
    del argv
    return classification_run.run_all(flags.FLAGS, script="relation")


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
