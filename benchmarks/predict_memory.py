"""Memory of run_ner.py --predict_file on a large text: is it flat?

  python benchmarks/predict_memory.py --model_dir=outputs/demo \
    --text=../shared/data/corpus/pubmed-docs --gigabytes=1 --minutes=5

Repeats the text until the file is large enough, tags it with a trained
tagger for so many minutes, reads the process's resident memory once a second,
and draws the curve (predict_memory.png). "Flat" compares the median of the
first minute of tagging with that of the last one.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

_ROOT = pathlib.Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--text", required=True, help="a file, or a folder")
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--output_dir", default=".")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "large.txt"
        write_large(path, pathlib.Path(options.text), options.gigabytes)
        samples = watch(path, pathlib.Path(options.model_dir), options.minutes)
    report(samples, pathlib.Path(options.output_dir))


def write_large(path: pathlib.Path, text: pathlib.Path, size: float) -> None:
    """Repeats a file, or the .txt files of a folder, up to `size` GB."""
    sources = sorted(text.rglob("*.txt")) if text.is_dir() else [text]
    block = b"\n".join(source.read_bytes() for source in sources) + b"\n"
    with path.open("wb") as file:
        while file.tell() < size * 1e9:
            file.write(block)


def watch(
    path: pathlib.Path, model_dir: pathlib.Path, minutes: float
) -> list[tuple[float, float]]:
    """Runs the tagger; returns (seconds, resident MB) once a second."""
    command = [
        sys.executable,
        str(_ROOT / "run_ner.py"),
        f"--predict_file={path}",
        f"--init_checkpoint={model_dir}",
        f"--output_dir={path.parent / 'out'}",
    ]
    # A shell's background job ignores Ctrl-C, and so would its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    start, samples = time.monotonic(), []
    while child.poll() is None and time.monotonic() - start < minutes * 60:
        samples.append((time.monotonic() - start, resident_mb(child.pid)))
        time.sleep(1)
    finished = child.poll() is not None
    child.send_signal(signal.SIGINT)
    child.wait(timeout=60)
    left = sorted(p.name for p in (path.parent / "out").iterdir())
    print(f"finished: {finished}; exit code {child.returncode}; left: {left}")
    return samples


def resident_mb(pid: int) -> float:
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def report(
    samples: list[tuple[float, float]], output_dir: pathlib.Path
) -> None:
    """Prints medians a minute and draws the curve."""
    minutes: dict[int, list[float]] = {}
    for seconds, megabytes in samples:
        minutes.setdefault(int(seconds // 60), []).append(megabytes)
    medians = {m: round(statistics.median(v)) for m, v in minutes.items()}
    peak = max(megabytes for _, megabytes in samples)
    print(json.dumps({"median_mb_by_minute": medians, "peak_mb": round(peak)}))
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.figure(figsize=(7, 3.5))
    pyplot.plot([s for s, _ in samples], [m for _, m in samples])
    pyplot.xlabel("seconds")
    pyplot.ylabel("resident memory, MB")
    pyplot.ylim(bottom=0)
    pyplot.tight_layout()
    pyplot.savefig(output_dir / "predict_memory.png", dpi=150)


if __name__ == "__main__":
    main()
