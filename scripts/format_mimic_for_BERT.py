r"""Turns tables of clinical notes into text to pretrain on.

clinicalBERT's script, for NOTEEVENTS.csv of MIMIC-III, discharge.csv and
radiology.csv of MIMIC-IV-Note, or any table whose columns are named; all also
as .gz. One sentence a line, a blank line after each note, as
create_pretraining_data.py reads it; a file for each category. For example:

  python scripts/format_mimic_for_BERT.py "Discharge summary" \
    --notes_file=NOTEEVENTS.csv.gz --output_dir=outputs/mimic
  python scripts/format_mimic_for_BERT.py --notes_file=NOTEEVENTS.csv.gz \
    --output_dir=outputs/mimic --num_workers=8 --held_out_fraction=0.01
  python scripts/format_mimic_for_BERT.py --notes_file=prontuarios.csv \
    --text_column=texto --patient_column=paciente --combine \
    --sentence_splitter=rules-pt --output_dir=outputs/prontuarios

A table is read as a stream, and its notes are made into chunks: a run that was
killed goes on where it was, by the same command, and writes the same text.
Every note is written, empty, dropped on request, or failed; the manifest says
how many, <categories>.failed.jsonl which. No text of a note is logged.
docs/clinical_notes.md says more, also of what differs from the original.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import clinical_notes, clinical_run, entry


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    clinical_notes.define(fv)


def main(words: Sequence[str]) -> None:
    """Formats notes as the command line says."""
    clinical_run.run(flags.FLAGS, words[1:])


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main, max_words=1)
