"""Runs of one experiment that differ in more than seed and fold -> in what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reporting.ledger import LedgerRow

_DIGITS = 6  # of a digest


def variants(rows: Sequence[LedgerRow]) -> list[str]:
    """Returns what tells each run from the others; "" for a single one.

    Args:
      rows: one of each group of runs of an experiment.
    """
    if len(rows) == 1:
        return [""]
    facts = [_facts(row) for row in rows]
    names = dict.fromkeys(name for each in facts for name in each)
    differing = [
        name for name in names if len({each.get(name) for each in facts}) > 1
    ]
    if len(differing) > 1 and "model's files" in differing:
        differing.remove("model's files")  # what else differs says enough
    return [_shown({n: each.get(n) for n in differing}) for each in facts]


def _facts(row: LedgerRow) -> dict[str, str | None]:
    digests = sorted(map(str, row.model.get("files", {}).values()))
    return {
        "model": str(row.model.get("name", "?")),
        "model's files": " ".join(each[:_DIGITS] for each in digests),
        "scored on": row.split,
        "score": row.metric,
        "recipe": str(row.recipe.get("path", "")).rpartition("/")[2],
        **{
            name: after if after is not None else "not set"
            for name, (_, after) in row.changed.items()
            if name != "seed"
        },
    }


def _shown(values: Mapping[str, str | None]) -> str:
    parts = [
        value if name == "model" else f"{name} {value}"
        for name, value in values.items()
        if value is not None
    ]
    own = [name for name, value in values.items() if value is None]
    if own:
        parts.append(f"the recipe's {', '.join(own)}")
    return ", ".join(parts)
