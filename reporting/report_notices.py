"""What a reader must know before comparing a number: badges with their text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reporting import experiments
from reporting.ledger import LedgerRow
from reporting.report_data import Group
from reporting.report_markup import many
from reporting.report_origin import processor_text

SERIOUS = "serious"  # the number is not what it seems
CAREFUL = "careful"  # a difference has another reason than the model
NOTE = "note"

# The ledger's words: "22 of 940 test rows are also in train".
_OVERLAP = re.compile(r"(\d+) of (\d+|the) (\w+) rows are also in (\w+)")
_FEW = 0.01  # of the rows: they move a score by little, whoever has them right
_FEW_ROWS = 100  # one more that is right moves accuracy by a percent or more
_ROWS = ("num_examples", "num_sentences", "num_questions")

_PUBLISHED = {
    experiments.BEST_RUN: (
        "published: best of runs",
        "published is the best of several runs: a mean cannot be compared "
        "with it",
    ),
    experiments.SINGLE_RUN: (
        "published: one run",
        "published is a single run: it has a spread that nobody knows",
    ),
    experiments.DEV_SCORE: (
        "published: on dev",
        "published was measured on dev, which also chose the settings",
    ),
    experiments.TUNED_ON_TEST: (
        "published: chosen on test",
        "the published epoch was chosen on test: the number is too high for "
        "new text",
    ),
}


@dataclass(frozen=True)
class Notice:
    """A warning.

    Attributes:
      level: SERIOUS, CAREFUL or NOTE.
      label: a few words, for a badge.
      text: the whole of it.
    """

    level: str
    label: str
    text: str


def notices(group: Group) -> list[Notice]:
    """Returns what must be known of an experiment's number."""
    found = [
        *_of_score(group),
        *_of_data(group),
        *_of_runs(group),
        *_of_settings(group),
        *_of_published(group),
    ]
    order = (SERIOUS, CAREFUL, NOTE)
    return sorted(found, key=lambda n: order.index(n.level))


def _of_score(group: Group) -> Iterator[Notice]:
    baseline = group.score(f"majority_{group.first.metric}")
    if baseline is not None and group.ours.mean <= baseline.mean:
        yield Notice(
            SERIOUS,
            "no better than a constant",
            f"the most frequent label for every row scores "
            f"{baseline.mean:.2f}: ours is no better",
        )
    smallest = min(map(_num_rows, group.rows))
    if 0 < smallest < _FEW_ROWS:
        yield Notice(
            CAREFUL,
            f"{many(smallest, f'{group.first.split} row')}",
            f"so few rows say little: {smallest} in the smallest file scored",
        )


def _num_rows(row: LedgerRow) -> int:
    """Returns how many rows were scored; 0 where the ledger does not say."""
    return sum(
        int(file[name])
        for file in row.files.get(row.split, [])
        for name in _ROWS
        if name in file
    )


def _of_data(group: Group) -> Iterator[Notice]:
    texts = dict.fromkeys(w for row in group.rows for w in row.warnings)
    for text in texts:
        overlap = _OVERLAP.fullmatch(text)
        if overlap:
            yield _of_overlap(overlap)
        elif text not in _said_of_dev(group):
            yield Notice(CAREFUL, "warning", text)
    if group.first.split == "dev":
        said = "; ".join(_said_of_dev(group)) or (
            "the score is on dev, which may have chosen checkpoint and "
            "settings: expect less on test"
        )
        yield Notice(SERIOUS, "dev used as test", said)
    if group.published and group.published.folds:
        wanted = group.published.folds
        counts = {len(seed.rows) for seed in group.seeds}
        if counts != {wanted}:
            had = " or ".join(str(n) for n in sorted(counts))
            yield Notice(
                CAREFUL,
                f"{had} of {wanted} folds",
                f"a seed's score is over {had} of {wanted} folds; the "
                f"published one is the mean over all {wanted}",
            )


def _of_overlap(overlap: re.Match[str]) -> Notice:
    """Returns the warning of rows that were seen before, and their share."""
    seen, total, split, earlier = overlap.groups()
    where = "training" if earlier == "train" else earlier
    if total == "the":
        label = f"{split} seen in {where}"
        return Notice(SERIOUS, label, overlap.string)
    share = int(seen) / int(total)
    return Notice(
        CAREFUL if share < _FEW else SERIOUS,
        f"{100 * share:.1f} % of {split} seen in {where}",
        overlap.string,
    )


def _said_of_dev(group: Group) -> list[str]:
    """Returns what the runs themselves say of dev in the place of test."""
    if group.first.split != "dev":
        return []
    texts = dict.fromkeys(w for row in group.rows for w in row.warnings)
    return [text for text in texts if "dev is used as test" in text]


def _of_runs(group: Group) -> Iterator[Notice]:
    rows = group.rows
    if len(group.seeds) == 1:
        yield Notice(NOTE, "one seed", "one seed: there is no spread")
    folds = {tuple(row.fold for row in seed.rows) for seed in group.seeds}
    if len(folds) > 1:
        yield Notice(
            CAREFUL, "folds differ", "the seeds do not have the same folds"
        )
    yield from _if_different(
        [processor_text(row.processor) for row in rows],
        "processors differ",
        "runs are from different processors: the same seed would not give "
        "the same digits",
    )
    yield from _if_different(
        [str(row.code.get("sources")) for row in rows],
        "code differs",
        "runs are from different versions of the code",
    )
    yield from _if_different(
        [str(row.recipe.get("sha256")) for row in rows],
        "recipe differs",
        "the recipe was changed between the runs",
    )
    if any(_digests(row) != _digests(same) for row, same in _same_fold(rows)):
        yield Notice(
            SERIOUS, "files differ", "the seeds do not have the same files"
        )
    if not all(row.code.get("clean") for row in rows):
        yield Notice(
            CAREFUL,
            "code not committed",
            "there were changes to the code that no commit has; the digest "
            "of all sources is in the ledger",
        )
    yield from _of_others(group)


def _if_different(
    values: Sequence[str], label: str, text: str
) -> Iterator[Notice]:
    if len(set(values)) > 1:
        yield Notice(CAREFUL, label, text)


def _same_fold(
    rows: Sequence[LedgerRow],
) -> Iterator[tuple[LedgerRow, LedgerRow]]:
    """Yields runs with the first one of the same fold."""
    first: dict[int | None, LedgerRow] = {}
    for row in rows:
        yield row, first.setdefault(row.fold, row)


def _digests(row: LedgerRow) -> dict[str, list[str]]:
    return {
        split: [str(file.get("sha256")) for file in of_split]
        for split, of_split in row.files.items()
    }


def _of_others(group: Group) -> Iterator[Notice]:
    others = [row for rows in group.others.values() for row in rows]
    if not others:
        return
    by_id = {row.id: row for row in group.rows}
    differ = [
        row.score
        for place, rows in group.others.items()
        for row in rows
        if row.score != by_id[place].score
    ]
    text = f"{many(len(others), 'more run')} of the same seed"
    if differ:
        shown = ", ".join(f"{score:.2f}" for score in differ)
        yield Notice(CAREFUL, "repeated", f"{text} with another score: {shown}")
    else:
        yield Notice(NOTE, "repeated", f"{text}, with the same score")


def _of_settings(group: Group) -> Iterator[Notice]:
    changed = group.changed()
    if changed:
        shown = "; ".join(
            _change(name, *values) for name, values in changed.items()
        )
        yield Notice(
            CAREFUL,
            f"{many(len(changed), 'setting')} changed",
            f"not the published settings: {shown}",
        )
    if group.first.tuned:
        tried = many(len(group.first.tuned), "point")
        yield Notice(
            NOTE, "tuned on dev", f"settings are the best on dev of {tried}"
        )


def _change(setting: str, before: str | None, after: str | None) -> str:
    if after is None:
        return f"{setting} not set, the recipe has {before}"
    if before is None:
        return f"{setting} {after}, which the recipe does not set"
    return f"{setting} {after} instead of {before}"


def _of_published(group: Group) -> Iterator[Notice]:
    cells = group.published.published if group.published else ()
    for kind in dict.fromkeys(c.kind for c in cells if not c.honest):
        if kind in _PUBLISHED:
            level = NOTE if kind == experiments.SINGLE_RUN else CAREFUL
            yield Notice(level, *_PUBLISHED[kind])
