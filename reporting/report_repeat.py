"""How each run is repeated: command, checkpoint, files with their digests."""

from __future__ import annotations

import os
import shlex

from reporting.ledger import LedgerRow
from reporting.report_data import Group
from reporting.report_markup import (
    details,
    duration,
    escape,
    facts,
    many,
    table,
)
from reporting.report_origin import code_text, processor_text

_RERUN = "python scripts/reproduce.py --rerun="


def repeat(group: Group) -> str:
    """Returns a folded part for each run of a group."""
    rows = group.rows
    body = "\n".join(_run(row) for row in rows)
    return details(f"How to repeat {many(len(rows), 'run')}", body)


def _run(row: LedgerRow) -> str:
    fold = f", fold {row.fold}" if row.fold is not None else ""
    summary = (
        f"seed {row.seed}{fold}: <strong>{row.score:.2f}</strong> "
        f"<code>{escape(row.id)}</code>"
    )
    command = " ".join(shlex.quote(str(word)) for word in row.command)
    packages = ", ".join(f"{k} {v}" for k, v in row.packages.items())
    about = facts(
        [
            ("Again", f"<code>{escape(_RERUN + row.id)}</code>"),
            ("Command", f"<code>{escape(command)}</code>"),
            (
                "Checkpoint",
                f"step {row.step:,} of {row.num_steps:,}: {escape(row.why)}",
            ),
            ("Finished", f"{escape(row.finished)}, {duration(row.seconds)}"),
            ("Processor", escape(processor_text(row.processor))),
            ("Code", escape(code_text(row.code))),
            ("Packages", escape(packages)),
            ("Folder", f"<code>{escape(row.folder)}</code>"),
        ]
    )
    return details(summary, about + _files(row), css_class="run")


def _files(row: LedgerRow) -> str:
    lines = [
        [escape(split), _path(str(file.get("path", ""))), _digest(file)]
        for split, of_split in row.files.items()
        for file in of_split
    ]
    lines += [
        ["model", _path(path), f"<code>{escape(digest)}</code>"]
        for path, digest in row.model.get("files", {}).items()
    ]
    recipe = row.recipe
    lines.append(
        ["recipe", _path(str(recipe.get("path", ""))), _digest(recipe)]
    )
    return table("Files", ["", "path", "sha256"], lines, css_class="files")


def _path(path: str) -> str:
    short = os.path.join(*path.split(os.sep)[-3:]) if path else ""
    return f'<bdi title="{escape(path)}">{escape(short)}</bdi>'


def _digest(file: object) -> str:
    digest = file.get("sha256", "") if hasattr(file, "get") else ""
    return f"<code>{escape(digest)}</code>"
