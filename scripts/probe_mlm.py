r"""Asks a pretrained model for masked words: does its masked-LM head work?

For TF1 checkpoints and Hugging Face folders of BERT and ALBERT. The likeliest
pieces for each [MASK]:

  python scripts/probe_mlm.py --init_checkpoint=$BIOBERT_DIR \
    --text="The patient was treated with [MASK]." --text="[MASK] cancer"

How well it guesses a text that it was not trained on, each piece masked in
its turn, or a thousand drawn ones:

  python scripts/probe_mlm.py --init_checkpoint=$BIOBERT_DIR \
    --held_out_file=held_out.txt --max_positions=1000 \
    --output_file=outputs/probe.json

A checkpoint without the head (BioBERT v1.1, any fine-tuned one) is refused.
A loss within 2 % of ln V, which is chance, is said to look random. Of files
no text is shown; the guesses are the model's own pieces, which can be words
of the text it was trained on. docs/features.md says more.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import entry, mask_probe


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    mask_probe.define(fv)


def main(_: Sequence[str]) -> int:
    """Probes as the command line says."""
    return mask_probe.run(flags.FLAGS)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
