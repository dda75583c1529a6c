"""format_mimic_for_BERT.py on a large table: notes a second, memory, speed-up.

  python benchmarks/clinical_notes.py \
    --notes_file=../shared/data/clinical/noteevents-shaped/NOTEEVENTS.csv \
    --notes=200000 --scratch_dir=/tmp

The table is repeated until it has --notes rows: each copy has patients, ids
and a first line of its own, so that nothing is a duplicate. It is formatted
with one worker and with two, in turns; the peak of each process is its own
(VmHWM), and notes a second are given by the clock and by the CPU time of all
processes (a machine that others use slows the first, hardly the second). What
is written is removed again.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from pretraining_data_scale import _children, _peak_mb

_SCRIPT = pathlib.Path(__file__).resolve().parent.parent / (
    "scripts/format_mimic_for_BERT.py"
)
_POLL = 0.1  # seconds between two looks at the processes


def main() -> None:
    options = _parse_arguments()
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory(dir=options.scratch_dir) as name:
        table = pathlib.Path(name) / "NOTEEVENTS.csv"
        repeat(pathlib.Path(options.notes_file), table, options.notes)
        print(f"{table.stat().st_size / 1e6:.0f} MB", flush=True)
        for number in range(options.rounds):
            for workers in options.workers:
                found = run(table, options, workers=workers)
                results[f"round {number}, {workers} workers"] = found
                print(f"round {number}, {workers} workers: {found}", flush=True)
    print(json.dumps(results))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--notes_file", required=True)
    parser.add_argument("--notes", type=int, default=200_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sentence_splitter", default="rules")
    parser.add_argument("--section_splitter", default="fixed")
    parser.add_argument("--scratch_dir", help="for the table and the text")
    return parser.parse_args()


def repeat(source: pathlib.Path, target: pathlib.Path, notes: int) -> None:
    """Writes the table over and over, each copy another hospital's."""
    csv.field_size_limit(1 << 24)
    with source.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    patient, text = header.index("SUBJECT_ID"), header.index("TEXT")
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for i in range(notes):
            row = list(rows[i % len(rows)])
            copy = i // len(rows)
            row[0] = str(i + 1)
            row[patient] = f"{copy}{row[patient]}"
            row[text] = f"Copy number {copy} of this note.\n\n{row[text]}"
            writer.writerow(row)


def run(
    table: pathlib.Path, options: argparse.Namespace, *, workers: int
) -> dict[str, object]:
    """Formats the table; returns what was measured."""
    output = table.parent / "out"
    command = [
        sys.executable,
        str(_SCRIPT),
        f"--notes_file={table}",
        f"--output_dir={output}",
        f"--num_workers={workers}",
        f"--sentence_splitter={options.sentence_splitter}",
        f"--section_splitter={options.section_splitter}",
    ]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peaks: dict[int, int] = {}
    cpu: dict[int, float] = {}
    while process.poll() is None:
        for pid in [process.pid, *_children(process.pid)]:
            peaks[pid] = max(peaks.get(pid, 0), _peak_mb(pid))
            cpu[pid] = max(cpu.get(pid, 0.0), _cpu_seconds(pid))
        time.sleep(_POLL)
    seconds = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"it ended with {process.returncode}")
    launcher = peaks.pop(process.pid)
    (manifest,) = output.glob("*.manifest.json")
    notes = json.loads(manifest.read_text("utf-8"))["notes"]["written"]
    shutil.rmtree(output)
    return {
        "notes": notes,
        "seconds": round(seconds, 1),
        "notes_per_second": round(notes / seconds),
        "notes_per_cpu_second": round(notes / sum(cpu.values())),
        "cpu_seconds_launcher": round(cpu.pop(process.pid), 1),
        "cpu_seconds_workers": sorted(map(round, cpu.values()))[-workers:],
        "peak_mb_launcher": launcher,
        "peak_mb_workers": sorted(peaks.values(), reverse=True)[:workers],
    }


def _cpu_seconds(pid: int) -> float:
    """Returns the CPU time of a process so far, its threads' together."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    fields = stat.rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])  # utime and stime, man 5 proc
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
