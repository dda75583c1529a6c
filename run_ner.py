r"""Fine-tunes, evaluates and predicts named entities; BioBERT's command line.

  python run_ner.py --do_train --do_eval --do_predict \
    --data_dir=datasets/NER/NCBI-disease --output_dir=outputs/ncbi \
    --vocab_file=biobert/vocab.txt \
    --bert_config_file=biobert/bert_config.json \
    --init_checkpoint=biobert/model.ckpt-1000000

  python run_ner.py --predict_file=notes.txt --output_dir=outputs/ncbi

Reads files of words and tags, one word a line, a blank line between
sentences. Writes to --output_dir: checkpoints, eval_results.txt (dev),
test_results.txt, NER_result_conll.txt, token_test.txt, label_test.txt,
predictions.jsonl, metrics.jsonl, results.json and run.flags; tables and
pictures: classification_report.txt, per_entity.md, learning_curves.png,
confusion.png. The same command again goes on where it stands. The second
command tags raw text (.txt, .jsonl, .tsv) with the trained model:
predictions.jsonl, predictions.html, brat/. After dmis-lab/biobert run_ner.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import (
    devices,
    entry,
    model,
    ner_run,
    optimization,
    run,
    small_sets,
    tagging,
    task,
    tokenizer,
    tpu,
)

# BioBERT's run_ner.py, where it differs from the other scripts.
DEFAULTS = {
    "task_name": "NER",
    "do_train": True,
    "do_eval": False,
    "do_predict": True,
    "num_train_epochs": 10.0,
    "control_characters": "any",
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares all flags of this script."""
    task.define(fv, defaults=DEFAULTS)
    task.define_tagging(fv)
    tagging.define(fv)
    model.define(fv, defaults=DEFAULTS)
    tokenizer.define(fv, defaults=DEFAULTS)
    optimization.define(fv, defaults=DEFAULTS)
    small_sets.define(fv)
    run.define(fv, defaults=DEFAULTS)
    devices.define_fine_tuning(fv)
    tpu.define(fv)


def main(argv: Sequence[str]) -> int:
    """Runs what the flags say; returns the exit code."""
    del argv
    return ner_run.run_all(flags.FLAGS)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
