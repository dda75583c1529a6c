"""Findings: what a check has to say, and the report of them.

A finding names files, lines and counts, never text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ERROR, WARNING, NOTE = SEVERITIES = ("error", "warning", "note")
ALL_FILES = "all files"


@dataclass(frozen=True)
class Finding:
    """Something to know about data.

    Attributes:
      severity: "error" (nothing can be made of it), "warning" (something can,
        and will disappoint) or "note".
      name: what kind of finding it is, in snake_case.
      what: what was found, in numbers.
      where: a file, with a line if there is one, or "all files".
      next_step: what to do about it; "" for a note.
    """

    severity: str
    name: str
    what: str
    where: str
    next_step: str = ""


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Returns errors, then warnings, then notes; otherwise in order."""
    return sorted(findings, key=lambda x: SEVERITIES.index(x.severity))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Returns whether nothing can be made of the data."""
    return any(finding.severity == ERROR for finding in findings)


def report(findings: Sequence[Finding]) -> str:
    """Returns the findings as lines of text, the worst first."""
    lines = []
    for finding in worst_first(findings):
        line = f"{finding.severity}: {finding.what} [{finding.where}]"
        if finding.next_step:
            line += f". Next: {finding.next_step}"
        lines.append(line)
    severities = [finding.severity for finding in findings]
    lines.append(
        f"errors: {severities.count(ERROR)}, "
        f"warnings: {severities.count(WARNING)}"
    )
    return "\n".join(lines)
