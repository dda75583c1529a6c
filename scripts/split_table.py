r"""Cuts a table of examples into train, dev and test.

  python scripts/split_table.py --input_file=healthver.tsv --group=sentence2 \
    --output_dir=datasets/healthver

writes train.tsv, dev.tsv and test.tsv of 80, 10 and 10 % of the rows. Rows with
the same value in the column --group stay together, as those of one claim, one
document, one patient must: else test holds what was trained on. A .tsv file
has a header with the columns' names, of a .jsonl file the keys are taken. Lines
are copied as they are; the same --seed cuts the same way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from absl import flags

from cli import entry
from foundation import files
from foundation.errors import InputError
from preprocessing.table_split import PARTS, split_by_group

_SHARES = ["0.8", "0.1", "0.1"]
_NEXT_STEP = "look into --input_file"


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    for name, text in (
        ("input_file", "A .tsv with a header, or a .jsonl."),
        ("output_dir", "Receives the three parts."),
    ):
        flags.DEFINE_string(name, None, text, required=True, flag_values=fv)
    flags.DEFINE_string(
        "group",
        None,
        "Column whose equal values stay together; none = each row alone.",
        flag_values=fv,
    )
    flags.DEFINE_list(
        "shares", _SHARES, "Of train, dev and test.", flag_values=fv
    )
    flags.DEFINE_integer("seed", 1, "Of the cut.", flag_values=fv)


def main(_: Sequence[str]) -> None:
    """Reads, cuts, writes."""
    fv = flags.FLAGS
    ending = _ending(fv.input_file)
    text = files.read_text(
        fv.input_file, what="the table", next_step="check --input_file"
    )
    lines = text.rstrip("\n").split("\n")
    header = [lines.pop(0)] if ending == "tsv" else []
    groups = _groups(fv, lines, header)
    places = {
        part: files.join(fv.output_dir, f"{part}.{ending}") for part in PARTS
    }
    _refuse_to_overwrite(list(places.values()))
    parts = split_by_group(groups, _shares(fv), seed=fv.seed)
    files.make_directory(fv.output_dir)
    for part, path in places.items():
        rows = [
            line
            for line, where in zip(lines, parts, strict=True)
            if where == part
        ]
        with files.write_atomically(path) as file:
            file.writelines(f"{line}\n" for line in [*header, *rows])
        print(f"{path}: {len(rows)} rows")


def _ending(path: str) -> str:
    ending = path.rpartition(".")[2]
    if ending in ("tsv", "jsonl"):
        return ending
    raise InputError(
        "the table is of another kind",
        got=f".{ending}",
        expected=".tsv with a header, or .jsonl",
        next_step="save it as one of them",
        path=path,
    )


def _shares(fv: flags.FlagValues) -> dict[str, float]:
    try:
        shares = dict(zip(PARTS, map(float, fv.shares), strict=True))
        split_by_group([], shares, seed=0)
    except ValueError:
        raise InputError(
            "--shares are not those of three parts",
            got=f"--shares={','.join(fv.shares)}",
            expected="three fractions whose sum is 1",
            next_step="--shares=0.8,0.1,0.1",
        ) from None
    return shares


def _groups(
    fv: flags.FlagValues, lines: Sequence[str], header: Sequence[str]
) -> list[str]:
    """Returns what each line belongs to."""
    if fv.group is None:
        return [str(number) for number in range(len(lines))]
    column = None
    if header:
        names = _cells(header[0])
        if fv.group not in names:
            raise InputError(
                "the table has no such column",
                got=f"--group={fv.group} and a first line of {len(names)} "
                "columns",
                expected="a header that names it",
                next_step="correct --group, or give the table a header",
                path=fv.input_file,
                line=1,
            )
        column = names.index(fv.group)
    groups = []
    for number, line in enumerate(lines, 1 + len(header)):
        try:
            value = (
                json.loads(line)[fv.group]
                if column is None
                else _cells(line)[column]
            )
        except (KeyError, IndexError, TypeError, ValueError):
            raise InputError(
                "a row has no such column",
                got=f"a line of {len(line)} characters",
                expected=f"a value of {fv.group}",
                next_step=_NEXT_STEP,
                path=fv.input_file,
                line=number,
            ) from None
        groups.append(str(value))
    return groups


def _cells(line: str) -> list[str]:
    """Returns a row's cells; the line may have been written on Windows."""
    return line.removesuffix("\r").split("\t")


def _refuse_to_overwrite(paths: Sequence[str]) -> None:
    present = [path for path in paths if files.exists(path)]
    if present:
        raise InputError(
            "a part is there already",
            got=", ".join(present),
            expected="a folder without them",
            next_step="choose another --output_dir, or remove them",
        )


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
