"""Runs published tables: what is not in the ledger yet is run and added."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from absl import flags, logging

from cli import (
    report,
    reproduction,
    reproduction_attempts,
    reproduction_checks,
    reproduction_process,
    reproduction_tuning,
)
from cli.reproduction_plan import (
    Run,
    Wanted,
    beside_finished,
    in_its_folder,
    plan,
)
from cli.reproduction_process import LOG, Runner, is_success
from cli.reproduction_rows import Call, row_of, same_work
from foundation import files, folder_lock
from foundation.errors import InputError
from reporting import ledger, provenance, units
from reporting.experiments import Experiment, PublishedTable
from reporting.ledger import LedgerRow

_EXIT_FAILED = 1  # some runs
_OTHER_DATA = "another --output_dir, or --again to add a line"


@dataclass
class Progress:
    """What has been run in this call.

    Attributes:
      failed: titles of runs that ended with an error, with their exit code.
      num_run: runs that ended well.
      total: runs that were to do, so far.
      ended: those of them that have ended, well or not.
      seconds: that these took, since this call began.
    """

    failed: list[str]
    num_run: int = 0
    total: int = 0
    ended: int = 0
    seconds: float = 0.0

    def end(self, seconds: float) -> str:
        """Counts a run; returns how many of how many, and the time left."""
        self.ended += 1
        self.seconds += seconds
        left = self.total - self.ended
        text = f"[{self.ended}/{self.total}]"
        if not left:
            return text
        minutes = self.seconds / self.ended * left / 60
        return f"{text} about {minutes:.0f} min left;"


def run_tables(fv: flags.FlagValues, words: Sequence[str]) -> int:
    """Runs what the command line names; returns the exit code."""
    tables = reproduction.tables(words)
    reproduction_checks.check_choice(fv, tables)
    wanted = reproduction.wanted(fv)
    with folder_lock.held(
        wanted.output_dir, next_step="wait for it, or give another --output_dir"
    ):
        return Session(fv, wanted).run(tables)


class Session:
    """One call of the script: its ledger, devices and progress."""

    def __init__(self, fv: flags.FlagValues, wanted: Wanted) -> None:
        self.fv = fv
        self.wanted = wanted
        self.ledger = files.join(wanted.output_dir, ledger.FILE_NAME)
        self.call = Call(reproduction.inputs(fv, wanted), wanted.output_dir)
        self.sources = provenance.code_version()["sources"]
        self.progress = Progress([])
        self.devices = reproduction_process.devices_of(
            fv.devices, threads=fv.threads or provenance.threads_available()
        )
        if not fv.dry_run:
            reproduction_process.check_gpus(self.devices)
        self._done: dict[str, LedgerRow] = {}

    def run(self, tables: Sequence[PublishedTable]) -> int:
        """Runs the rows of tables that are asked for."""
        seeds = reproduction.numbers(self.fv.seeds, flag="seeds")
        folds = reproduction.numbers(self.fv.folds, flag="folds")
        planned = [
            plan(table, experiment, self.wanted, seeds=seeds, folds=folds)
            for table, experiment in self._rows(tables)
        ]
        if self.fv.tune:  # what cannot be is said before hours are spent
            points = [self._points(of_row[0]) for of_row in planned]
            planned = [
                self._tuned(of_row, of_points)
                for of_row, of_points in zip(planned, points, strict=True)
            ]
        runs = [run for of_row in planned for run in of_row]
        if self.fv.again:
            runs = [beside_finished(run) for run in runs]
        # A seed of everything comes before a second one of anything.
        runs.sort(key=lambda run: seeds.index(run.seed))
        self.execute(runs)
        return self._report()

    def _rows(
        self, tables: Sequence[PublishedTable]
    ) -> list[tuple[PublishedTable, Experiment]]:
        asked = self.fv.corpora
        known = {e.name for table in tables for e in table.experiments}
        if not set(asked) <= known:
            raise InputError(
                "no such rows",
                got=f"--corpora={','.join(asked)}",
                expected=f"some of {', '.join(sorted(known))}",
                next_step="correct --corpora",
            )
        return [
            (table, experiment)
            for table in tables
            for experiment in table.experiments
            if not asked or experiment.name in asked
        ]

    def _grid(self, run: Run) -> Mapping[str, Sequence[str]]:
        if self.fv.grid:
            given = reproduction.pairs(self.fv.grid, flag="grid")
            return {name: text.split(",") for name, text in given.items()}
        return run.experiment.grid

    def _points(self, run: Run) -> list[Run]:
        points = reproduction_tuning.points(
            run, self._grid(run), output_dir=self.wanted.output_dir
        )
        return [beside_finished(p) for p in points] if self.fv.again else points

    def _tuned(self, runs: Sequence[Run], points: Sequence[Run]) -> list[Run]:
        """Returns the runs with the settings that are best on dev.

        Folds are tuned on the first of them.
        """
        first = runs[0]
        self.execute(points)
        if self.fv.dry_run:
            print("# then the runs below, with what is best on dev:")
            return list(runs)
        tried = [
            (run, self._done[run.folder])
            for run in points
            if run.folder in self._done
        ]
        if len(tried) < len(points):
            logging.warning("%s is not run: its tuning failed.", first.title)
            return []
        best, all_points = reproduction_tuning.choose(tried, self._grid(first))
        logging.info("%s: best on dev: %s", first.experiment.name, best)
        return [
            in_its_folder(
                replace(run, changed={**run.changed, **best}, tuned=all_points),
                self.wanted.output_dir,
            )
            for run in runs
        ]

    def execute(self, runs: Sequence[Run]) -> None:
        """Runs what the ledger does not have."""
        if self.fv.dry_run:
            for run in runs:
                print(shlex.join(run.command()))
            return
        rows = [] if self.fv.again else ledger.read_ledger(self.ledger)
        left = []
        for run in runs:
            known = [row for row in rows if same_work(row, run)]
            if known:
                reproduction_checks.check_same_data(
                    known[-1], run, next_step=_OTHER_DATA
                )
                self._done[run.folder] = known[-1]
                self._say_known(run, known[-1])
            else:
                left.append(run)
        for run in left:
            logging.info("to run: %s", run.title)
        self.progress.total += len(left)
        Runner(self.devices).run_all(left, self._finished)

    def _say_known(self, run: Run, row: LedgerRow) -> None:
        logging.info("%s: done before, %.2f (%s)", run.title, row.score, row.id)
        if row.code["sources"] != self.sources:
            logging.info(
                "  by other code (commit %s); --again runs it with this one",
                str(row.code["commit"])[:10],
            )

    def _finished(self, run: Run, code: int) -> None:
        seconds = reproduction_attempts.seconds_of(run.folder)
        where = self.progress.end(seconds / len(self.devices))
        if not is_success(code):
            why = f"exit code {code}"
            if len(self.devices) > 1:  # else it was said above
                why += f", see {files.join(run.folder, LOG)}"
            self.progress.failed.append(f"{run.title} ({why})")
            return
        try:
            row, counts = row_of(run, self.call)
        except InputError as error:  # the others go on
            self.progress.failed.append(f"{run.title} ({error})")
            return
        if counts is not None:
            path = ledger.units_path(self.ledger, row.id)
            files.make_directory(path.rpartition("/")[0])
            units.save(path, counts)
        ledger.append(self.ledger, row)
        self._done[run.folder] = row
        self.progress.num_run += 1
        print(f"{where} {_sentence(run, row)}", flush=True)

    def _report(self) -> int:
        if self.fv.dry_run:
            return 0
        print(f"{self.progress.num_run} runs added to {self.ledger}")
        if any(row.purpose == "result" for row in self._done.values()):
            print(f"report: {report.write_report(self.ledger)}")
        for title in self.progress.failed:
            print(f"FAILED: {title}")
        return _EXIT_FAILED if self.progress.failed else 0


def _sentence(run: Run, row: LedgerRow) -> str:
    score = f"{row.metric} {row.score:.2f} on {row.split}"
    step = f"step {row.step} ({row.why})"
    return (
        f"{run.title}: {score}, {step}, {row.seconds / 60:.1f} min, id {row.id}"
    )
