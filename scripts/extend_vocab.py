r"""Gives words of a field pieces of their own in a pretrained model.

  python scripts/extend_vocab.py --init_checkpoint=$BERT_DIR \
    --input_file='corpus/*.txt' --output_dir=outputs/bert-cardio

takes the 1000 words of the text whose pieces it would save most, and adds a
row for each to the word embeddings, to the masked LM's bias, to vocab.txt (or
the SentencePiece model) and to the config. A row starts as the mean of those
of the pieces that the word was cut into. --words_file takes your own list,
--mode=unused the places of [unusedN]. Go on with run_pretraining.py: rows that
nobody has trained are worth little.

On a part of the text that is held out, pieces per word and unknown words are
measured before and after; on sentences of it without new words, the outputs
for the old pieces are compared, which must be the same. The report is
extend_vocab.json. docs/vocabulary.md says more.

new_pieces.tsv and the vocabulary show words of the text. Of clinical notes,
these can be names: raise --min_frequency and read the table before others do.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import entry, extension_run, vocabulary_extension


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    vocabulary_extension.define(fv)


def main(_: Sequence[str]) -> None:
    """Extends a vocabulary as the command line says."""
    extension_run.extend(flags.FLAGS)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
