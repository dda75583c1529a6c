r"""Fine-tunes, evaluates and predicts classes or scores of texts and pairs.

  python run_classifier.py --task_name=MedNLI --do_train --do_eval \
    --data_dir=datasets/mednli --output_dir=outputs/mednli \
    --vocab_file=biobert/vocab.txt \
    --bert_config_file=biobert/bert_config.json \
    --init_checkpoint=biobert/model.ckpt-1000000

  python run_classifier.py --task_name=text --data_dir=my_tables \
    --text_col=note --label_col=smoker --do_train --do_predict ...

  python run_classifier.py --task_name=MedNLI --predict_file=pairs.tsv \
    --output_dir=outputs/mednli

Reads GLUE's, MedNLI's, HoC's, BIOSSES's and other corpora as they are, or any
table. Writes to --output_dir: checkpoints, eval_results.txt (dev),
test_results.txt, test_results.tsv and submit_results.tsv as the originals,
predictions.tsv with ids, labels and named probabilities, metrics.jsonl,
results.json, run.flags, classification_report.txt, learning_curves.png and
confusion.png. The same command again goes on where it stands. After
google-research/bert and ALBERT run_classifier.py.
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
)

# google-research/bert run_classifier.py.
DEFAULTS = {
    "do_train": False,
    "do_eval": False,
    "do_predict": False,
    "num_train_epochs": 3.0,
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares all flags of this script."""
    classification.define(fv, defaults=DEFAULTS, script="classifier")
    classification_rows.define(fv)
    fine_tuning.define(fv, defaults=DEFAULTS)
    original_flags.define(fv)


def main(argv: Sequence[str]) -> int:
    """Runs what the flags say; returns the exit code."""
    del argv
    return classification_run.run_all(flags.FLAGS, script="classifier")


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
