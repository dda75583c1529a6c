"""create_pretraining_data.py --num_workers on large texts: memory, speed-up.

  python benchmarks/pretraining_data_scale.py \
    --text_file=../shared/data/corpus/pubmed-docs/pubmed_docs.txt \
    --vocab_file=../shared/data/vocab/bert-base-uncased/vocab.txt \
    --gigabytes 0.1 1 5 --scratch_dir=/tmp

Memory: for each size a corpus is generated (sentences of the text in random
order; every tenth word is one that was never there, so that nothing can be
remembered forever) and made into records by --workers processes. The peak of
each process is its own (VmHWM). Speed-up: the text itself, repeated, with one
worker and with two, in turns; of --rounds the least counts; start-up is
included. What is written is removed again.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

_SCRIPT = pathlib.Path(__file__).resolve().parent.parent / (
    "create_pretraining_data.py"
)
_POLL = 0.1  # seconds between two looks at the processes
_NEW_WORDS = 10  # one of so many
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def main() -> None:
    options = _parse_arguments()
    result: dict[str, object] = {}
    with tempfile.TemporaryDirectory(dir=options.scratch_dir) as name:
        folder = pathlib.Path(name)
        for size in options.gigabytes:
            path = folder / "generated.txt"
            generate(path, pathlib.Path(options.text_file), size)
            seconds, peaks = run(path, options, num_workers=options.workers)
            result[f"{size} GB"] = {
                "seconds": round(seconds),
                "peak_mb_launcher": peaks[0],
                "peak_mb_workers": peaks[1:],
            }
            print(f"{size} GB: {result[f'{size} GB']}", flush=True)
        if options.rounds:
            result["speed_up"] = speed_up(folder / "repeated.txt", options)
    print(json.dumps(result))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--text_file", required=True)
    parser.add_argument("--vocab_file", required=True)
    parser.add_argument("--gigabytes", type=float, nargs="*", default=[])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--dupe_factor", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="of speed-up")
    parser.add_argument("--repeat", type=int, default=20, help="of the text")
    parser.add_argument("--scratch_dir", help="for text and records")
    return parser.parse_args()


def generate(path: pathlib.Path, source: pathlib.Path, size: float) -> None:
    """Writes `size` GB of documents of 3 to 20 sentences."""
    text = source.read_text(encoding="utf-8")
    sentences = [line.split() for line in text.split("\n") if line.strip()]
    rng = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < size * 1e9:
            for _ in range(1000):
                lines = rng.choices(sentences, k=rng.randint(3, 20))
                file.write("\n".join(_changed(x, rng) for x in lines) + "\n\n")


def _changed(words: Sequence[str], rng: random.Random) -> str:
    changed = list(words)
    for _ in range(len(words) // _NEW_WORDS + 1):
        new = "".join(rng.choices(_LETTERS, k=9))
        changed[rng.randrange(len(words))] = new
    return " ".join(changed)


def run(
    text: pathlib.Path, options: argparse.Namespace, *, num_workers: int
) -> tuple[float, list[int]]:
    """Returns seconds and the peak MB of the launcher and of each worker."""
    output = text.parent / "out"
    shutil.rmtree(output, ignore_errors=True)
    command = [
        sys.executable,
        str(_SCRIPT),
        f"--input_file={text}",
        f"--output_file={output / 'a.tfrecord'}",
        f"--vocab_file={options.vocab_file}",
        f"--dupe_factor={options.dupe_factor}",
        f"--num_workers={num_workers}",
    ]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log)
        peaks: dict[int, int] = {}
        while process.poll() is None:
            for pid in [process.pid, *_children(process.pid)]:
                peaks[pid] = max(peaks.get(pid, 0), _peak_mb(pid))
            time.sleep(_POLL)
        seconds = time.perf_counter() - start
        if process.returncode:
            log.seek(0)
            sys.exit(log.read()[-2000:])
    launcher = peaks.pop(process.pid)
    # The smallest child is multiprocessing's tracker, which does no work.
    workers = sorted(peaks.values(), reverse=True)[:num_workers]
    shutil.rmtree(output)
    return seconds, [launcher, *(workers if num_workers > 1 else [])]


def _children(pid: int) -> list[int]:
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(word) for word in path.read_text("ascii").split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _peak_mb(pid: int) -> int:
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def speed_up(path: pathlib.Path, options: argparse.Namespace) -> dict:
    """Times one worker and two, in turns."""
    text = pathlib.Path(options.text_file).read_bytes().rstrip() + b"\n\n"
    with path.open("wb") as file:
        for _ in range(options.repeat):
            file.write(text)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for number in range(options.rounds):
        for num_workers, times in seconds.items():
            times.append(run(path, options, num_workers=num_workers)[0])
            print(f"round {number}: {num_workers} workers, {times[-1]:.1f} s")
            os.sync()  # the next one must not wait for this one's pages
    return {
        "seconds": {count: min(times) for count, times in seconds.items()},
        "ratio": round(min(seconds[1]) / min(seconds[2]), 2),
    }


if __name__ == "__main__":
    main()
