r"""Fine-tunes, evaluates and predicts answers to questions; BioBERT's command.

  python run_qa.py --do_train=True --do_predict=True \
    --vocab_file=biobert/vocab.txt \
    --bert_config_file=biobert/bert_config.json \
    --init_checkpoint=squad/model.ckpt-14599 --do_lower_case=False \
    --max_seq_length=384 --doc_stride=128 --train_batch_size=12 \
    --learning_rate=5e-6 --num_train_epochs=5.0 \
    --train_file=BioASQ-train-factoid-4b.json \
    --predict_file=BioASQ-test-factoid-4b-1.json --output_dir=outputs/bioasq

  python run_qa.py --answer_type=yesno --do_train --do_predict ...

Reads SQuAD's JSON (1.1, 2.0); scripts/bioasq_to_squad.py makes it of
BioASQ's. Writes to --output_dir: checkpoints, predictions.json,
nbest_predictions.json, null_odds.json (SQuAD 2.0), predictions.tsv,
eval_results.txt, test_results.txt, results.json, metrics.jsonl, run.flags and
learning_curves.png. The same command again goes on where it stands. After
google-research/bert run_squad.py, ALBERT's run_squad_v1.py, dmis-lab/biobert
run_qa.py and dmis-lab/bioasq-biobert run_yesno.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import (
    entry,
    fine_tuning,
    qa_flags,
    qa_originals,
    qa_run,
)

# BioBERT's run_qa.py, BERT's run_squad.py.
DEFAULTS = {
    "do_train": False,
    "do_eval": False,
    "do_predict": False,
    "num_train_epochs": 3.0,
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares all flags of this script."""
    qa_flags.define(fv)
    fine_tuning.define(fv, defaults=DEFAULTS)
    qa_originals.define(fv)


def main(argv: Sequence[str]) -> int:
    """Runs what the flags say; returns the exit code."""
    del argv
    return qa_run.run_all(flags.FLAGS)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
