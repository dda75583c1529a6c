r"""Exports a model as a TensorFlow SavedModel that reads ids or raw text.

The --output_dir of a run of run_ner.py, run_classifier.py, run_re.py or
run_qa.py is all that has to be named:

  python scripts/export_saved_model.py --init_checkpoint=outputs/ncbi \
    --output_dir=exported/ncbi/1

  python scripts/export_saved_model.py --init_checkpoint=outputs/mednli \
    --pairs --output_dir=exported/mednli/1

A pretrained model, or --encoder_only, gives vectors:

  python scripts/export_saved_model.py --init_checkpoint=$BIOBERT_DIR \
    --output_dir=exported/biobert/1

Two signatures: token_ids for rows of ids, serving_default for raw text, with
the tokenizer in the graph. Batches may have any size and length. The folder
holds the vocabulary, the labels and biobert_kit.json, which describes both.
docs/serving.md has TensorFlow Serving's command, a request, and a client in
Python (inference/saved_model_predictor.py). A model that was trained on
clinical notes is one here, too: do not publish it without having asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import entry, saved_model_export


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    saved_model_export.define(fv)


def main(_: Sequence[str]) -> int:
    """Exports as the command line says."""
    return saved_model_export.run(flags.FLAGS)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main, private=False)
