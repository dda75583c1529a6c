"""What a published table is: its experiments, how each is run, its scores.

A file in `reporting/published/` is one `TABLE = PublishedTable(...)`. It tells
`scripts/reproduce.py` how an experiment is run, and the report what was
published for it; the shell scripts and recipes are tested against it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field

from foundation.errors import InputError
from reporting import published

# Kinds of scores: what a published number is of.
BEST_RUN = "best of several runs"
SINGLE_RUN = "single run"
MEAN = "mean of runs"
DEV_SCORE = "reported on dev"
TUNED_ON_TEST = "best epoch chosen on test"


@dataclass(frozen=True)
class Cell:
    """A published score.

    Attributes:
      system: the model, as the table's column: "BioBERT v1.1".
      score: in percent, as printed.
      kind: what the number is of, one of the constants above.
      honest: whether it is a number that one may expect to get again: by the
        same authors or others with a fixed protocol (published-results 1.0).
      sd: over the runs, where it was published.
      source: where it is printed, if not in the table's paper.
      note: what a reader must know, in a few words.
    """

    system: str
    score: float
    kind: str = SINGLE_RUN
    honest: bool = False
    sd: float | None = None
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Experiment:
    """A row of a table: a corpus, and how it is run.

    Attributes:
      name: in lower case, unique in its table: "ncbi_disease", "disorders".
      title: as a person calls it.
      program: "run_ner.py" and so on.
      recipe: file in scripts/recipes/ with the published settings.
      flags: those of this row on top of the recipe: --task_name and so on,
        by name without dashes.
      folders: names that its data folder has in people's copies, the usual
        one first.
      headline: the score that the table prints, by its name in results.json;
        for questions "bioasq_mrr" and so on.
      published: the table's cells.
      folds: of cross-validation files in folders 1, 2, ...; 0 = none.
      grid: flags that the paper tuned, each with the values tried.
      clinical: whether its texts are patients' notes: never in a report
        unless asked for.
      access: how one gets the corpus, where not for the taking.
    """

    name: str
    title: str
    program: str
    recipe: str
    flags: Mapping[str, str]
    folders: tuple[str, ...]
    headline: str
    published: tuple[Cell, ...] = ()
    folds: int = 0
    grid: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clinical: bool = False
    access: str = ""


@dataclass(frozen=True)
class PublishedTable:
    """A table of a paper or README.

    Attributes:
      name: in lower case; that of its file.
      title: of the table.
      paper: who, where, which table.
      metric: what its numbers are, in words.
      protocol: what was done that a reader must know: which splits were
        trained on, how settings and checkpoints were chosen.
      cost: on one GPU, of one run of each experiment.
      experiments: the rows.
    """

    name: str
    title: str
    paper: str
    metric: str
    protocol: str
    cost: str
    experiments: tuple[Experiment, ...]

    def experiment(self, name: str) -> Experiment:
        """Returns the row of that name.

        Raises:
          InputError: there is none.
        """
        for each in self.experiments:
            if each.name == name:
                return each
        raise InputError(
            f"table {self.name} has no such experiment",
            got=repr(name[:60]),
            expected=f"one of {', '.join(e.name for e in self.experiments)}",
            next_step="give its names to --corpora, a comma between them",
        )


def table_names() -> tuple[str, ...]:
    """Returns the names of all tables, sorted."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(published.__path__))
    )


def find_table(name: str) -> PublishedTable:
    """Returns the table of that name.

    Raises:
      InputError: there is none.
    """
    if name not in table_names():
        raise InputError(
            "no such table",
            got=repr(name[:60]),
            expected=f"one of {', '.join(table_names())}",
            next_step="`python scripts/reproduce.py --help` describes them",
        )
    module = importlib.import_module(f"{published.__name__}.{name}")
    table = module.TABLE
    if not isinstance(table, PublishedTable):
        raise TypeError(f"{module.__name__}.TABLE is no table")
    return table
