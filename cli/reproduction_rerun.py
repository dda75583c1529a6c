"""A line of the ledger -> the same run once more, and whether it agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from absl import flags, logging

from cli import reproduction, reproduction_checks, reproduction_process
from cli.reproduction_plan import (
    ROOT,
    Run,
    beside_finished,
    in_its_folder,
    plan,
)
from cli.reproduction_process import Device, Runner, is_success
from cli.reproduction_rows import Call, row_of
from foundation import files, folder_lock
from foundation.errors import InputError
from reporting import experiments, ledger
from reporting.ledger import LedgerRow

_EXIT_DIFFERS = 1
_SAME_DATA = "give the same data: --data_dir, --corpus_dir"


def rerun(fv: flags.FlagValues, words: Sequence[str]) -> int:
    """Runs a line again; returns 0 if the score is the same to the last digit.

    Raises:
      InputError: no such line, files that are not the same, a failed run.
    """
    reproduction_checks.check_rerun(fv, words)
    row = _find(ledger_of(fv), fv.rerun)
    wanted = reproduction.wanted(fv, given=row.inputs)
    _check_model(row, wanted.model_sha256)
    settings = {name: ours for name, (_, ours) in row.changed.items()}
    wanted = replace(
        wanted,
        settings={name: v for name, v in settings.items() if v is not None},
        output_dir=files.join(wanted.output_dir, "reruns", row.id),
    )
    table = experiments.find_table(row.table)
    folds = [] if row.fold is None else [row.fold]
    (run,) = plan(
        table,
        table.experiment(row.experiment),
        wanted,
        seeds=[row.seed],
        folds=folds,
    )
    run = replace(run, purpose=row.purpose, split=row.split)
    # What an earlier rerun has trained shows nothing of this code.
    run = beside_finished(in_its_folder(run, wanted.output_dir))
    reproduction_checks.check_same_data(row, run, next_step=_SAME_DATA)
    files.make_directory(wanted.output_dir)
    with folder_lock.held(wanted.output_dir, next_step="wait for it"):
        again = _run(run, fv, row)
    return _compare(row, again)


def ledger_of(fv: flags.FlagValues) -> str:
    """Returns the path of the ledger; that of the checkout if none is named."""
    if fv.ledger:
        return str(fv.ledger)
    folder = fv.output_dir
    if not fv["output_dir"].present:
        folder = files.join(str(ROOT), folder)
    return files.join(folder, ledger.FILE_NAME)


def _find(path: str, row_id: str) -> LedgerRow:
    rows = [r for r in ledger.read_ledger(path) if r.id.startswith(row_id)]
    if len({row.id for row in rows}) == 1:
        return rows[-1]
    raise InputError(
        "no such line in the ledger" if not rows else "several lines",
        got=f"--rerun={row_id}",
        expected="the beginning of one line's id",
        next_step="look into the ledger, or name it: --ledger=PATH",
        path=path,
    )


def _check_model(row: LedgerRow, found: Mapping[str, str]) -> None:
    known = row.model["files"]
    different = sorted(n for n in known if found.get(n) != known[n])
    if different:
        raise InputError(
            "this is another model than the line's",
            got=f"other or no {', '.join(different)}",
            expected=f"the files of {row.model['name']}, equal in sha256",
            next_step="name that model: --init_checkpoint",
        )


def _run(run: Run, fv: flags.FlagValues, row: LedgerRow) -> LedgerRow:
    device = device_of(fv, row)
    reproduction_process.check_gpus([device])
    call = Call(row.inputs, run.folder)
    rows: list[LedgerRow] = []

    def finished(run: Run, exit_code: int) -> None:
        if is_success(exit_code):
            found, _ = row_of(run, call)
            rows.append(found)

    Runner([device]).run_all([run], finished)
    if not rows:
        raise InputError(
            "the run ended with an error",
            got="no score",
            expected="a score to compare",
            next_step="see what it said above",
            path=run.folder,
        )
    return rows[0]


def device_of(fv: flags.FlagValues, row: LedgerRow) -> Device:
    """Returns the one asked for, or one as the line's, with its threads."""
    threads = fv.threads or int(row.processor["threads"])
    asked = fv.devices or reproduction_process.gpus_present()
    if not fv.devices and row.processor["device"] == "CPU":
        asked = ["cpu"]
    (device,) = reproduction_process.devices_of(
        asked[:1] or ["cpu"], threads=threads
    )
    return device


def _compare(row: LedgerRow, again: LedgerRow) -> int:
    _check_files(row, again)
    for what, before, now in (
        ("code", row.code["sources"][:12], again.code["sources"][:12]),
        ("recipe", row.recipe["sha256"][:12], again.recipe["sha256"][:12]),
        ("processor", _processor(row), _processor(again)),
        ("packages", dict(row.packages), dict(again.packages)),
    ):
        if before != now:
            logging.warning("another %s: %s, it was %s", what, now, before)
    names = sorted({*row.scores, *again.scores})
    differ = [n for n in names if row.scores.get(n) != again.scores.get(n)]
    print(f"{row.metric}: {row.score!r} in the ledger, {again.score!r} now")
    if not differ and row.step == again.step:
        print(f"reproduced exactly: {len(names)} scores, step {row.step}")
        return 0
    print(f"NOT reproduced: {len(differ)} of {len(names)} scores differ")
    return _EXIT_DIFFERS


def _processor(row: LedgerRow) -> Any:
    names = ("device", "name", "instructions", "threads", "environment")
    return {name: row.processor.get(name) for name in names}


def _check_files(row: LedgerRow, again: LedgerRow) -> None:
    def digests(of: LedgerRow) -> dict[str, list[str]]:
        return {
            split: [str(file["sha256"]) for file in found]
            for split, found in of.files.items()
        }

    before, now = digests(row), digests(again)
    if before != now:
        splits = [s for s in before if before[s] != now.get(s)]
        raise InputError(
            "the data are not those of the line",
            got=f"other files of {', '.join(splits) or 'more splits'}",
            expected="files of the same sha256",
            next_step=_SAME_DATA,
        )
