r"""Turns papers into text to pretrain on: PubMed or PMC XML in, sentences out.

Reads PubMed's baseline and update files (.xml.gz), what efetch answers, and
the JATS of PubMed Central and SciELO (.xml, .nxml, archives of them in .tar or
.tar.gz). Writes one sentence a line and a blank line after each paper, which
is what create_pretraining_data.py reads. For example:

  python scripts/format_pubmed.py --input_file='pubmed/*.xml.gz' \
    --output_dir=outputs/pubmed --num_workers=8
  python scripts/format_pubmed.py --input_file='oa_comm/*.tar.gz' \
    --output_dir=outputs/pmc --content=full

Each file of papers becomes one text file of the same name. documents.json
says what became of every record: documents and skips, by reason, add up to the
records. The same command again goes on where it was stopped. Of several
records of one paper the last counts, so name updates after the baseline; what
a DeleteCitation takes back is left out. docs/literature.md says more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from absl import flags, logging

from cli import entry, progress_bars, text_inputs
from foundation import disk, files
from foundation.errors import InputError
from preprocessing.literature.article import language_code
from preprocessing.literature.paper_file import Job
from preprocessing.literature.paper_files import MANIFEST, totals, write_all
from preprocessing.literature.selection import Selection

_STRINGS = {
    "input_file": "Files of papers and patterns with commas between. Their "
    "order counts where a paper comes twice.",
    "output_dir": "The folder to write to.",
    "text_language": "Take the text in this language (por): translated "
    "abstracts and titles. Not given: the record's own, in PubMed English.",
}
_CHOICES = {
    "content": (
        "full",
        ["full", "abstract"],
        "full: also the body of a paper, where there is one (never in "
        "PubMed). abstract: title and abstract alone.",
    ),
    "section_labels": (
        "keep",
        ["keep", "drop"],
        "Headings: before the first sentence in an abstract (METHODS: We "
        "...), as a line in a body.",
    ),
    "unicode_form": (
        "nfc",
        ["nfc", "none"],
        "nfc: an accent becomes part of its letter, as in the vocabularies. "
        "none: as it is.",
    ),
}
_SWITCHES = {
    "titles": (True, "Begin a document with the paper's title."),
    "title_alone": (False, "Also write papers that have no more than a title."),
    "retracted": (False, "Also write retracted papers and their notices."),
    "skip_damaged": (
        False,
        "Leave out what is behind a damage in a file, and count it, instead of "
        "stopping there.",
    ),
    "overwrite_output": (
        False,
        "Replace text that is there from other files or other flags.",
    ),
    "debug": (False, "Show the stack trace of an error."),
}
_INTEGERS = {
    "first_year": (None, "Papers of this year and later ones."),
    "last_year": (None, "Papers of this year and earlier ones."),
    "num_workers": (1, "Processes; the text does not depend on it."),
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    # `module_name`: where cli.usage looks for a script's own.
    own: dict[str, Any] = {"flag_values": fv, "module_name": "__main__"}
    for name, text in _STRINGS.items():
        flags.DEFINE_string(name, None, text, **own)
    flags.DEFINE_list(
        "languages",
        [],
        "Papers in these languages alone, as PubMed writes them: eng,por. Not "
        "given: all.",
        **own,
    )
    for name, (choice, choices, text) in _CHOICES.items():
        flags.DEFINE_enum(name, choice, choices, text, **own)
    for name, (number, text) in _INTEGERS.items():
        flags.DEFINE_integer(name, number, text, lower_bound=1, **own)
    for name, (is_on, text) in _SWITCHES.items():
        flags.DEFINE_boolean(name, is_on, text, **own)


def main(_: Sequence[str]) -> None:
    """Formats papers as the command line says."""
    format_papers(flags.FLAGS)


def format_papers(fv: flags.FlagValues) -> None:
    """Formats papers as the flags say."""
    paths = text_inputs.read(fv)
    job = Job(_output_dir(fv), _selection(fv), fv.skip_damaged)
    with progress_bars.bar("formatting", len(paths), "file") as done:
        receipts = write_all(
            paths,
            job,
            num_workers=fv.num_workers,
            overwrite=fv.overwrite_output,
            done=done,
        )
    sums = totals(receipts)
    if sums["skipped"].get("damaged"):
        logging.warning(
            "%d files, or files of archives, are damaged: %s names their "
            "files.",
            sums["skipped"]["damaged"],
            files.join(job.output_dir, MANIFEST),
        )
    print(
        f"{job.output_dir}: {sums['documents']} documents, "
        f"{sums['sentences']} sentences, of {sums['records']} records in "
        f"{len(paths)} files"
    )
    for reason, number in sums["skipped"].items():
        print(f"skipped, {reason}: {number}")
    if sums["truncated"]:
        print(f"abstracts that PubMed had cut: {sums['truncated']}")


def _output_dir(fv: flags.FlagValues) -> str:
    folder: str = fv.output_dir or ""
    if not folder:
        raise InputError(
            "there is no folder to write to",
            got="no --output_dir",
            expected="a folder",
            next_step="add --output_dir=outputs/pubmed",
        )
    files.make_directory(folder)
    disk.check_writable(folder)
    return folder


def _selection(fv: flags.FlagValues) -> Selection:
    first, last = fv.first_year, fv.last_year
    if first is not None and last is not None and first > last:
        raise InputError(
            "no year is left",
            got=f"--first_year={first} and --last_year={last}",
            expected="a first year that is not after the last",
            next_step="exchange them",
        )
    if fv.title_alone and not fv.titles:
        raise InputError(
            "titles are wanted and not wanted",
            got="--title_alone and --notitles",
            expected="one of them",
            next_step="leave out one",
        )
    return Selection(
        full_text=fv.content == "full",
        titles=fv.titles,
        section_labels=fv.section_labels == "keep",
        title_alone=fv.title_alone,
        languages=tuple(map(language_code, fv.languages)),
        text_language=language_code(fv.text_language or ""),
        first_year=first,
        last_year=last,
        retracted=fv.retracted,
        compose=fv.unicode_form == "nfc",
    )


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main, private=False)
