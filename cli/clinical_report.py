"""What became of a table's notes: a manifest, and what is printed."""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from typing import Any

from absl import logging

from cli.clinical_plan import Plan
from foundation import files, json_files
from preprocessing.clinical.note_outputs import Outputs
from preprocessing.manifest import installed_version

_FORMAT = "biobert-kit notes, version 1"
_SHOWN_FAILURES = 5


def check_sums(made: Outputs, rows: Counter[str]) -> None:
    """Raises an error of ours unless every row is accounted for."""
    known = sum(made.counts.values()) - made.counts["held_out"]
    if known + rows["other_categories"] != rows["rows"]:
        raise AssertionError(
            f"{rows['rows']} rows, but {known} notes and "
            f"{rows['other_categories']} of other categories"
        )


def write(plan: Plan, made: Outputs, rows: Counter[str]) -> None:
    """Writes the list of failures, if there are any, and the manifest."""
    if made.failures:
        with files.write_atomically(plan.failed, private=True) as file:
            for row, row_id, reason in made.failures:
                facts = {"row": row, "row_id": row_id, "reason": reason}
                file.write(json_files.line_of(facts) + "\n")
    with files.write_atomically(plan.manifest, private=True) as file:
        json.dump(_facts(plan, made, rows), file, indent=1)
        file.write("\n")


def _facts(plan: Plan, made: Outputs, rows: Counter[str]) -> dict[str, Any]:
    outputs = dataclasses.asdict(plan.outputs)
    del outputs["folder"]
    return {
        "format": _FORMAT,
        "tool_version": installed_version(),
        "tables": [
            {"name": os.path.basename(path), "num_bytes": files.size_of(path)}
            for path in plan.paths
        ],
        "categories": list(plan.wanted) or "all",
        "options": {
            **dataclasses.asdict(plan.job.options),
            "section_names": plan.job.with_sections,
            **outputs,
        },
        "rows": rows["rows"],
        "other_categories": rows["other_categories"],
        "notes": dict(sorted(made.counts.items())),
        "written_by_category": dict(sorted(made.by_category.items())),
        "failed_by_reason": dict(
            Counter(reason for _, _, reason in made.failures)
        ),
        "repeats": made.repeats,
        "files": made.files,
    }


def show(plan: Plan, made: Outputs, rows: Counter[str]) -> None:
    """Prints the counts; of notes that failed, their rows."""
    counts = made.counts
    print(
        f"{rows['rows']} rows: {counts['written']} notes written "
        f"({counts['held_out']} of them held out), {counts['empty']} empty, "
        f"{counts['duplicates_dropped']} duplicates and "
        f"{counts['copied_dropped']} copied ones dropped, "
        f"{counts['failed']} failed, {rows['other_categories']} of other "
        "categories"
    )
    copied = made.repeats["copied_forward"].items()
    print(
        f"repeats: {made.repeats['duplicates']} notes have the text of an "
        "earlier one; notes by the share of lines from earlier notes of their "
        "patient: "
        + ", ".join(f"{float(s):.0%} or more: {number}" for s, number in copied)
    )
    if unknown := made.repeats["time_not_known"]:
        print(
            f"{unknown} notes have no time that is understood (2155-03-03 "
            "14:59): they are taken as the earliest, in the table's order"
        )
    for row, row_id, reason in made.failures[:_SHOWN_FAILURES]:
        name = f"row {row}" + (f" (id {row_id})" if row_id else "")
        logging.warning("Not written: %s, %s.", name, reason)
    more = len(made.failures) - _SHOWN_FAILURES
    if more > 0:
        logging.warning("%d more are in %s.", more, plan.failed)
    print(f"{len(made.files)} files; {plan.manifest} lists them")
