"""What notes are read and how they are written."""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from foundation.errors import InputError
from preprocessing.clinical import categories, deid_marks, sections
from preprocessing.clinical.note_outputs import ALL_NOTES, OutputOptions
from preprocessing.clinical.note_tables import Columns
from preprocessing.clinical.note_text import NoteOptions
from preprocessing.clinical.sentences import DEFAULT_SPLITTER, SPLITTERS

_STRINGS = {
    "notes_file": "Tables of notes: CSV files and patterns with commas "
    "between; .gz too. NOTEEVENTS.csv of MIMIC-III, discharge.csv and "
    "radiology.csv of MIMIC-IV-Note, or others, with the columns below.",
    "output_dir": "The folder to write to.",
    "text_column": "Column of the notes' text. Not given: TEXT.",
    "category_column": "Column of their kind. Not given: CATEGORY or "
    "note_type, where there is one.",
    "patient_column": "Column that says whose they are. Not given: SUBJECT_ID, "
    "where there is one.",
    "id_column": "Column of their ids, which failures are reported with if "
    "they are numbers. Not given: ROW_ID or note_id, where there is one.",
    "time_column": "Column of when they were written: which of a patient's "
    "notes is the earlier one. Not given: CHARTTIME or else CHARTDATE.",
    "report_agreement": "Another sentence splitter: print how far it agrees "
    "with --sentence_splitter on the first 500 notes.",
}
_CHOICES = {
    "section_splitter": (
        "fixed",
        list(sections.SPLITTERS),
        "fixed: no character is lost. paper: clinicalBERT's, with the defects "
        "that its published models were trained with: it drops lines, and "
        "fails on some notes.",
    ),
    "deid": (
        "keep",
        list(deid_marks.POLICIES),
        "What becomes of [**...**]: keep, as clinicalBERT did; placeholder: "
        "[NAME], [DATE], ...; surrogate: invented names, places and numbers, "
        "dates that are moved.",
    ),
}
_SHARES = {
    "held_out_fraction": "Of the patients, whose notes go to the folder "
    "held_out: the same ones in every run, for every category and table.",
    "drop_copied": "Leave out notes that have this share of their lines or "
    "more from earlier notes of the same patient: 0.9. 0 = none; they are "
    "counted anyway.",
}
_SWITCHES = {
    "combine": (False, f"Write all categories to one file, {ALL_NOTES}.txt."),
    "section_names": (
        False,
        "Keep the headings in <category>.sections.jsonl: for each note the "
        "name, first line and number of lines of its sections.",
    ),
    "drop_duplicates": (
        False,
        "Write of notes with equal text only the first. They are counted "
        "anyway.",
    ),
    "overwrite_output": (False, "Replace text that is there."),
    "debug": (False, "Show the stack trace of an error."),
}
_INTEGERS = {
    "random_seed": (12345, "Which surrogates are drawn."),
    "num_workers": (1, "Processes; the text does not depend on it."),
    "chunk_notes": (
        1000,
        "Notes in a chunk, after which a run that was killed goes on. The "
        "text does not depend on it.",
    ),
}


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    for name, text in _STRINGS.items():
        flags.DEFINE_string(name, None, text, flag_values=fv)
    flags.DEFINE_list(
        "categories",
        [],
        "Notes of these alone, with commas between: "
        f"{', '.join(categories.CATEGORIES)}; {categories.OTHER}: what is none "
        "of them. Not given: the one that the command line names without a "
        "flag, or else all.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "sentence_splitter",
        DEFAULT_SPLITTER,
        f"One of {', '.join(SPLITTERS)}, or spacy:MODEL. rules: English; "
        "rules-pt: Portuguese; the others need their library. scispacy: "
        "clinicalBERT's.",
        flag_values=fv,
    )
    for name, text in _SHARES.items():
        flags.DEFINE_float(
            name, 0.0, text, lower_bound=0.0, upper_bound=1.0, flag_values=fv
        )
    for name, (choice, choices, text) in _CHOICES.items():
        flags.DEFINE_enum(name, choice, choices, text, flag_values=fv)
    for name, (number, text) in _INTEGERS.items():
        flags.DEFINE_integer(name, number, text, lower_bound=1, flag_values=fv)
    for name, (is_on, text) in _SWITCHES.items():
        flags.DEFINE_boolean(name, is_on, text, flag_values=fv)


def read_options(fv: flags.FlagValues) -> NoteOptions:
    """Returns how notes become lines.

    Raises:
      InputError: a flag that would be ignored.
    """
    if fv["random_seed"].present and fv.deid != "surrogate":
        raise InputError(
            "--random_seed is for surrogates",
            got=f"--deid={fv.deid}",
            expected="--deid=surrogate beside it",
            next_step="leave --random_seed out: nothing else is drawn",
        )
    return NoteOptions(
        section_splitter=fv.section_splitter,
        sentence_splitter=fv.sentence_splitter,
        deid=fv.deid,
        seed=fv.random_seed,
        held_out_fraction=fv.held_out_fraction,
    )


def read_outputs(fv: flags.FlagValues) -> OutputOptions:
    """Returns what is written where.

    Raises:
      InputError: no folder is named.
    """
    if not fv.output_dir:
        raise InputError(
            "there is no folder to write to",
            got="no --output_dir",
            expected="a folder",
            next_step="add --output_dir=outputs/notes",
        )
    return OutputOptions(
        folder=fv.output_dir,
        combine=fv.combine,
        drop_duplicates=fv.drop_duplicates,
        drop_copied=fv.drop_copied,
    )


def read_columns(fv: flags.FlagValues) -> Columns:
    """Returns the columns' names."""
    return Columns(
        text=fv.text_column or "",
        category=fv.category_column or "",
        patient=fv.patient_column or "",
        row_id=fv.id_column or "",
        time=fv.time_column or "",
    )


def read_categories(
    fv: flags.FlagValues, words: Sequence[str]
) -> tuple[str, ...]:
    """Returns the categories that are wanted; () = all.

    Args:
      fv: parsed flags.
      words: of the command line, without flags: the original's argument.

    Raises:
      InputError: one that is none, or both ways to name them.
    """
    if words and fv.categories:
        raise InputError(
            "the categories are named twice",
            got="--categories, and a word without a flag",
            expected="one of them",
            next_step="leave out one",
        )
    wanted = []
    for name in [*words, *fv.categories]:
        found = categories.find_category(name)
        if found is None:
            raise InputError(
                "there is no such category of notes",
                got=f"{name[:40]!r}",
                expected=", ".join(categories.ALL),
                next_step="name one of them, in quotation marks where it has "
                "a blank",
            )
        wanted.append(found)
    return tuple(dict.fromkeys(wanted))
