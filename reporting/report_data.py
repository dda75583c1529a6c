"""Lines of the ledger to what the report tells: groups of runs, means, sds.

Runs belong together that have the same experiment, model, settings, split and
score, and differ in seed and fold alone. The mean over the folds of a seed is
that seed's score; mean and standard deviation are over the seeds (n - 1). No
run is left out silently: of several lines for one seed and fold those of the
newest id count (other code, other files: another id), of these the first, which
later ones only repeat; the report says what the others gave.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from foundation.errors import InputError
from reporting.experiments import (
    Experiment,
    PublishedTable,
    find_table,
    table_names,
)
from reporting.ledger import LedgerRow
from reporting.report_variants import variants

RESULT = "result"  # a line's purpose
TUNING = "tuning"  # one that only chose settings
_COUNTS = "num_"  # scores of that name are no fractions
_NO_PERCENT = ("loss", "mse")


@dataclass(frozen=True)
class Spread:
    """Values over seeds.

    Attributes:
      values: one a seed.
      mean: of them.
      sd: with n - 1; None for one value.
    """

    values: tuple[float, ...]
    mean: float
    sd: float | None


def spread(values: Sequence[float]) -> Spread:
    """Returns mean and standard deviation of one value or more."""
    return Spread(
        tuple(values),
        statistics.fmean(values),
        statistics.stdev(values) if len(values) > 1 else None,
    )


@dataclass(frozen=True)
class Seed:
    """The runs of a seed, one a fold; a single one without folds."""

    seed: int
    rows: tuple[LedgerRow, ...]

    @property
    def score(self) -> float:
        """Returns the mean over the folds, in percent."""
        return statistics.fmean(row.score for row in self.rows)


@dataclass(frozen=True)
class Group:
    """Runs that differ in seed and fold alone.

    Attributes:
      table: its name.
      experiment: its name.
      published: what is known of the experiment; None where nothing is.
      seeds: rising.
      others: id -> lines of the same seed and fold that do not count.
      variant: what tells it from other groups of the experiment.
    """

    table: str
    experiment: str
    published: Experiment | None
    seeds: tuple[Seed, ...]
    others: Mapping[str, tuple[LedgerRow, ...]]
    variant: str = ""

    @property
    def title(self) -> str:
        """Returns the experiment as a person calls it."""
        return self.published.title if self.published else self.experiment

    @property
    def full_title(self) -> str:
        """Returns the title and the variant."""
        return f"{self.title} ({self.variant})" if self.variant else self.title

    @property
    def is_clinical(self) -> bool:
        """Returns whether texts may be patients'; yes where nobody knows."""
        return self.published is None or self.published.clinical

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        """Returns all runs, by seed and fold."""
        return tuple(row for seed in self.seeds for row in seed.rows)

    @property
    def first(self) -> LedgerRow:
        """Returns the first fold of the first seed."""
        return self.seeds[0].rows[0]

    @property
    def ours(self) -> Spread:
        """Returns the headline scores, in percent."""
        return spread([seed.score for seed in self.seeds])

    def score(self, name: str) -> Spread | None:
        """Returns another score, fractions in percent; None if one lacks it."""
        if not all(name in row.scores for row in self.rows):
            return None
        as_it_is = name.startswith(_COUNTS) or name.endswith(_NO_PERCENT)
        times = 1 if as_it_is else 100
        return spread(
            [
                times * statistics.fmean(row.scores[name] for row in seed.rows)
                for seed in self.seeds
            ]
        )

    def score_names(self) -> list[str]:
        """Returns the names of all scores that each run has."""
        names = set(self.first.scores)
        for row in self.rows:
            names &= set(row.scores)
        return sorted(names)

    def per_type(self) -> dict[str, dict[str, Spread]]:
        """Returns scores of types that each run has, fractions in percent."""
        shared = [
            kind
            for kind in self.first.per_type
            if all(kind in row.per_type for row in self.rows)
        ]
        return {
            kind: {
                name: spread(
                    [
                        (1 if name == "support" else 100)
                        * statistics.fmean(
                            row.per_type[kind].get(name, 0.0)
                            for row in seed.rows
                        )
                        for seed in self.seeds
                    ]
                )
                for name in self.first.per_type[kind]
            }
            for kind in shared
        }

    def changed(self) -> dict[str, tuple[str | None, str | None]]:
        """Returns settings that are not the recipe's: name -> recipe's, ours.

        Those that the experiment itself sets and the seed are none of them.
        """
        own = dict(self.published.flags) if self.published else {}
        return {
            name: (before, after)
            for name, (before, after) in sorted(self.first.changed.items())
            if name != "seed" and (name not in own or own[name] != after)
        }


@dataclass(frozen=True)
class TableReport:
    """A published table and the runs of it."""

    name: str
    published: PublishedTable | None
    groups: tuple[Group, ...]

    @property
    def title(self) -> str:
        """Returns the table's title, or its name where it is not known."""
        return self.published.title if self.published else self.name


def collect(rows: Sequence[LedgerRow]) -> list[TableReport]:
    """Returns the tables with results, in the order of `table_names`."""
    by_table: dict[str, list[LedgerRow]] = {}
    for row in rows:
        if row.purpose == RESULT:
            by_table.setdefault(row.table, []).append(row)
    known = table_names()
    names = sorted(by_table, key=lambda n: (n not in known, n))
    return [_table(name, by_table[name]) for name in names]


def _table(name: str, rows: Sequence[LedgerRow]) -> TableReport:
    published = _published(name)
    order = [e.name for e in published.experiments] if published else []
    of_experiment: dict[str, list[LedgerRow]] = {}
    for row in rows:
        of_experiment.setdefault(row.experiment, []).append(row)
    names = sorted(
        of_experiment,
        key=lambda e: (order.index(e) if e in order else len(order), e),
    )
    groups = []
    for each in names:
        known = (
            published.experiment(each) if published and each in order else None
        )
        groups += _groups(of_experiment[each], known)
    return TableReport(name, published, tuple(groups))


def _published(name: str) -> PublishedTable | None:
    """Returns the table; None for one of another version of the kit."""
    try:
        return find_table(name)
    except InputError:
        return None


def _groups(
    rows: Sequence[LedgerRow], published: Experiment | None
) -> list[Group]:
    alike: dict[str, list[LedgerRow]] = {}
    for row in rows:
        alike.setdefault(_configuration(row), []).append(row)
    groups = [_group(each, published) for each in alike.values()]
    texts = variants([group.first for group in groups])
    return [
        replace(group, variant=text)
        for group, text in zip(groups, texts, strict=True)
    ]


def _configuration(row: LedgerRow) -> str:
    """Returns what runs have in common that may be averaged."""
    changed = {k: list(v) for k, v in row.changed.items() if k != "seed"}
    model = [row.model.get("name"), sorted(row.model.get("files", {}).values())]
    recipe = row.recipe.get("path")
    return json.dumps(
        [model, recipe, changed, row.split, row.metric], sort_keys=True
    )


def _group(rows: Sequence[LedgerRow], published: Experiment | None) -> Group:
    by_place: dict[tuple[int, int], list[LedgerRow]] = {}
    for row in rows:
        by_place.setdefault((row.seed, row.fold or 0), []).append(row)
    seeds: dict[int, list[LedgerRow]] = {}
    for (seed, _), lines in sorted(by_place.items()):
        seeds.setdefault(seed, []).append(_counted(lines))
    return Group(
        table=rows[0].table,
        experiment=rows[0].experiment,
        published=published,
        seeds=tuple(Seed(s, tuple(each)) for s, each in seeds.items()),
        others={
            _counted(lines).id: tuple(
                line for line in lines if line is not _counted(lines)
            )
            for lines in by_place.values()
            if len(lines) > 1
        },
    )


def _counted(lines: Sequence[LedgerRow]) -> LedgerRow:
    """Returns the first line of the id that came last into the ledger."""
    first: dict[str, LedgerRow] = {}
    for line in lines:
        first.setdefault(line.id, line)
    return list(first.values())[-1]
