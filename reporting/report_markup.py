"""Texts and numbers to the pieces of markup that the report is made of."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Collection, Mapping, Sequence

# What HTML does not allow, lone surrogates of damaged JSON among it.
_NOT_ALLOWED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def escape(text: object) -> str:
    """Returns text as markup, in an attribute or outside of one."""
    return html.escape(_NOT_ALLOWED.sub("\ufffd", str(text)))


def name(text: object) -> str:
    """Returns a name from a file: it cannot turn the direction around it."""
    return f"<bdi>{escape(text)}</bdi>"


def number(value: float | None, digits: int = 2) -> str:
    """Returns a number as it is shown; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return '<span class="none">–</span>'
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


_METRICS = {
    "entity_f1": "entity F1",
    "f1": "F1",
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
    "document_example_f1": "F1 of documents",
    "pearson": "Pearson",
    "bioasq_mrr": "MRR",
}


def metric(score: str) -> str:
    """Returns what a score of results.json is called in short."""
    return name(_METRICS.get(score, score.replace("_", " ")))


def many(count: int, noun: str) -> str:
    """Returns a count and its noun, in plural where it must be."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """Returns a time as a person says it: 42 s, 12 min, 1.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[int] = (),
    titles: Mapping[int, str] | None = None,
    css_class: str = "",
) -> str:
    """Returns a table in a box that scrolls where the page is narrow.

    Args:
      caption: markup.
      head: markup of the column heads.
      rows: markup of the cells; the first of a row is its head.
      numbers: columns that are set to the right.
      titles: of parts of the table: number of a part's first row -> markup.
      css_class: of the table.
    """
    sides = [
        ' class="number"' if i in numbers else "" for i in range(len(head))
    ]
    heads = "".join(
        f'<th scope="col"{side}>{cell}</th>'
        for cell, side in zip(head, sides, strict=True)
    )
    lines = []
    for number_of_row, row in enumerate(rows):
        if titles and number_of_row in titles:
            lines.append(
                f'<tr class="title"><th colspan="{len(head)}" '
                f'scope="rowgroup">{titles[number_of_row]}</th></tr>'
            )
        lines.append(_row(row, sides))
    body = "\n".join(lines)
    return (
        f'<div class="scroll"><table class="{css_class}">\n'
        f"<caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _row(row: Sequence[str], sides: Sequence[str]) -> str:
    cells = "".join(
        f"<td{side}>{cell}</td>"
        for cell, side in zip(row[1:], sides[1:], strict=True)
    )
    return f'<tr><th scope="row">{row[0]}</th>{cells}</tr>'


def details(
    summary: str, body: str, *, css_class: str = "", is_open: bool = False
) -> str:
    """Returns what can be folded; "print" in the class: unfolded on paper."""
    state = " open" if is_open else ""
    return (
        f'<details class="{css_class}"{state}><summary>{summary}</summary>\n'
        f'<div class="folded">{body}</div>\n</details>'
    )


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Returns names and what they are, of those that are something."""
    items = "".join(
        f"<div><dt>{term}</dt><dd>{text}</dd></div>"
        for term, text in pairs
        if text
    )
    return f'<dl class="facts">{items}</dl>'
