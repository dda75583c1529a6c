r"""Makes i2b2's concept files of a run's tags, as clinicalBERT's script.

  python scripts/format_for_i2b2_eval.py \
    --results_file=outputs/i2b2_2010/NER_result_conll.txt \
    --output_gold_dir=outputs/i2b2_2010/test/gold \
    --output_pred_dir=outputs/i2b2_2010/test/pred

--results_file has a word, its gold tag and its predicted tag a line, and a
blank line between sentences. Each folder gets an i2b2.con;
scripts/score_i2b2.py compares them. The originals need folders that are
there; these are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from absl import flags

from cli import entry
from evaluation.i2b2_concepts import concept_lines
from foundation import files
from foundation.errors import InputError
from tasks.readers import read_tagged_sentences

CONCEPT_FILE = "i2b2.con"

_REQUIRED = {
    "results_file": "NER_result_conll.txt of run_ner.py.",
    "output_gold_dir": "The folder of the gold tags' concepts.",
    "output_pred_dir": "The folder of the predicted tags' concepts.",
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags, by the original's names."""
    # `module_name`: where cli.usage looks for a script's own.
    own: dict[str, Any] = {"flag_values": fv, "module_name": "__main__"}
    for name, text in _REQUIRED.items():
        flags.DEFINE_string(name, None, text, required=True, **own)
    for name, default, text in (
        ("overwrite", True, f"Replace an {CONCEPT_FILE} that is there."),
        ("debug", False, "Show the stack trace of an error."),
    ):
        flags.DEFINE_boolean(name, default, text, **own)


def main(argv: Sequence[str]) -> None:
    """Writes both files."""
    del argv
    format_results(flags.FLAGS)


def format_results(fv: flags.FlagValues) -> None:
    """Writes both files of what the flags name.

    Raises:
      InputError: no such tags, or a file is there and may not be replaced.
    """
    paths = [
        files.join(folder, CONCEPT_FILE)
        for folder in (fv.output_gold_dir, fv.output_pred_dir)
    ]
    if files.real_path(paths[0]) == files.real_path(paths[1]):
        raise InputError(
            "gold and predicted concepts would be one file",
            got=f"both folders {fv.output_gold_dir}",
            expected="two folders",
            next_step="change --output_pred_dir",
        )
    for path in paths:
        if files.exists(path) and not fv.overwrite:
            raise InputError(
                "the file is there already",
                got="a file",
                expected="no file",
                next_step="choose another folder, or leave --overwrite on",
                path=path,
            )
    for path, folder, column in (
        (paths[0], fv.output_gold_dir, -2),
        (paths[1], fv.output_pred_dir, -1),
    ):
        sentences = read_tagged_sentences(fv.results_file, tag_column=column)
        lines = concept_lines((s.words, s.tags) for s in sentences)
        files.make_directory(folder)
        with files.write_atomically(path, private=True) as file:
            file.write("\n".join(lines))


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
