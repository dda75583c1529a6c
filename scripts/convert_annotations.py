r"""Converts annotated text: i2b2, brat, PubTator, BigBIO <-> words and tags.

  python scripts/convert_annotations.py --from_format=i2b2_2010 \
    --to_format=conll --input=i2b2_2010/train --output_dir=datasets/i2b2_2010 \
    --dev_fraction=0.1

Writes train.tsv (a word and its tag a line, as run_ner.py reads), dev.tsv, and
beside each a .documents.jsonl with texts and offsets; and back, also from
predictions:

  python scripts/convert_annotations.py --from_format=conll --to_format=brat \
    --input=outputs/i2b2_2010/NER_result_conll.txt \
    --documents=datasets/i2b2_2010/test.documents.jsonl --output_dir=brat

Every annotation is accounted for. docs/annotations.md has formats and rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import annotation_conversion, annotation_flags, entry

define_flags = annotation_flags.define


def main(argv: Sequence[str]) -> None:
    """Converts what the flags name and prints the account."""
    del argv
    for line in annotation_conversion.convert(flags.FLAGS):
        print(line)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
