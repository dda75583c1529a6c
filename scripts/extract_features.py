r"""Writes the vectors that a model's layers give text.

BERT's extract_features.py with its flags and its JSON lines, for BERT and
ALBERT, TF1 checkpoints and Hugging Face folders. A line of --input_file is a
text, or a pair, "A ||| B". For example:

  python scripts/extract_features.py --input_file=input.txt \
    --output_file=output.jsonl --vocab_file=$BERT_DIR/vocab.txt \
    --bert_config_file=$BERT_DIR/bert_config.json \
    --init_checkpoint=$BERT_DIR/bert_model.ckpt \
    --layers=-1,-2,-3,-4 --max_seq_length=128 --batch_size=8

As numpy's arrays, a vector a text and a vector a word, of the last layer:

  python scripts/extract_features.py --input_file=input.txt \
    --output_file=output.npz --output_format=npz --layers=-1 \
    --vectors=mean,words --init_checkpoint=$BERT_DIR

Rows stand in the order of the lines, empty lines included. A file of any
length can be read: memory does not grow with it. The JSON lines hold the
text's pieces, and vectors can give text away: treat both as the text itself.
docs/features.md describes the arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import entry, feature_extraction, feature_options


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    feature_options.define(fv)


def main(_: Sequence[str]) -> int:
    """Extracts as the command line says."""
    return feature_extraction.run(flags.FLAGS)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
