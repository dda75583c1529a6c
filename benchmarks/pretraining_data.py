"""create_pretraining_data.py beside a plain Python program that does the same.

  python benchmarks/pretraining_data.py \
    --text_file=../shared/data/corpus/pubmed-docs/pubmed_docs.txt \
    --vocab_file=../shared/data/vocab/bert-base-uncased/vocab.txt \
    --spm_model_file=../shared/data/vocab/albert-30k/30k-clean.model

BERT's records from --vocab_file (uncased), ALBERT's from --spm_model_file;
what is not given is left out. Both programs run as child processes with the
same flags, in turns, on one core: first on a few documents, which is start-up
(imports, vocabulary, compiled code from the cache), then on the whole text.
Start-up is taken off, in words too. An uncounted run before the first round
compiles what is not in the cache. Of all rounds the least counts: others may
use the machine. "processor" is user and system time, of all threads. Peak
memory is of the whole process, start-up included. Exit code 1 where a record
differs.
"""

from __future__ import annotations

import argparse
import dataclasses
import filecmp
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from pretraining_data_reference_records import decode_example, read_records

_HERE = pathlib.Path(__file__).resolve().parent
_PROGRAMS = {
    "reference": _HERE / "pretraining_data_reference.py",
    "kit": _HERE.parent / "create_pretraining_data.py",
}
_START_UP_DOCUMENTS = 10


@dataclasses.dataclass(frozen=True)
class Text:
    """A corpus in a file."""

    path: pathlib.Path
    num_words: int


@dataclasses.dataclass(frozen=True)
class Run:
    """What one run of a program took."""

    seconds: float
    processor_seconds: float
    peak_megabytes: float


@dataclasses.dataclass(frozen=True)
class Rates:
    """A program's words a second, start-up apart, and what else it took."""

    words_per_second: float
    words_per_processor_second: float
    start_up_seconds: float
    peak_megabytes: float


def main() -> int:
    options = _parse_arguments()
    os.sched_setaffinity(0, {options.core})  # the children's too
    models = {
        "bert": ("vocab_file", options.vocab_file),
        "albert": ("spm_model_file", options.spm_model_file),
    }
    results = {}
    with tempfile.TemporaryDirectory(dir=options.scratch_dir) as name:
        texts = _texts(pathlib.Path(name), options)
        for family, (flag, path) in models.items():
            if path:
                model = [f"--family={family}", f"--{flag}={path}"]
                results[family] = _compare(texts, model, options)
                _report(family, results[family])
    print(json.dumps(results))
    return 1 if any(result["difference"] for result in results.values()) else 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--text_file", required=True)
    parser.add_argument("--vocab_file")
    parser.add_argument("--spm_model_file")
    parser.add_argument("--words", type=int, help="of the text; default: all")
    parser.add_argument("--dupe_factor", type=int, default=5)
    parser.add_argument("--max_seq_length", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    cores = os.sched_getaffinity(0)
    parser.add_argument("--core", type=int, default=max(cores))
    parser.add_argument("--scratch_dir", help="for the records; default: /tmp")
    parser.add_argument(
        "--programs",
        nargs="+",
        choices=list(_PROGRAMS),
        default=list(_PROGRAMS),
    )
    return parser.parse_args()


def _texts(
    folder: pathlib.Path, options: argparse.Namespace
) -> dict[str, Text]:
    """Writes the few documents of start-up, and the text to be timed."""
    return {
        name: _cut(options.text_file, folder / f"{name}.txt", **limits)
        for name, limits in {
            "start-up": {"num_documents": _START_UP_DOCUMENTS},
            "whole": {"num_words": options.words},
        }.items()
    }


def _cut(
    source: str,
    path: pathlib.Path,
    *,
    num_documents: int | None = None,
    num_words: int | None = None,
) -> Text:
    """Copies the first documents of a text, whole ones."""
    words = documents = 0
    with (
        open(source, encoding="utf-8", newline="\n") as text,
        path.open("w", encoding="utf-8", newline="\n") as file,
    ):
        for line in text:
            file.write(line)
            words += len(line.split())
            if line.strip():
                continue
            documents += 1
            if documents == num_documents or (num_words or words + 1) <= words:
                break
    return Text(path, words)


def _compare(
    texts: Mapping[str, Text],
    model: Sequence[str],
    options: argparse.Namespace,
) -> dict:
    """Runs the programs in turns; returns their rates and what differs."""
    whole = texts["whole"]
    runs: dict[tuple[str, str], list[Run]] = {}
    outputs = {
        program: whole.path.with_name(program) / "out.tfrecord"
        for program in options.programs
    }
    for number in range(options.rounds + 1):
        for program, output in outputs.items():
            # Only the kit compiles, and some of it for a whole text alone.
            sizes = list(texts) if number or program == "kit" else []
            for size in sizes:
                command = _command(
                    program, texts[size], output=output, options=options
                )
                run = measured([*command, *model])
                print(f"round {number}: {program}, {size}: {run}", flush=True)
                if number:
                    runs.setdefault((program, size), []).append(run)
    num_words = whole.num_words - texts["start-up"].num_words
    result = {
        "words": whole.num_words,
        "difference": first_difference(list(outputs.values())),
    }
    for program in outputs:
        rates = _rates(
            runs[program, "start-up"], runs[program, "whole"], num_words
        )
        result[program] = dataclasses.asdict(rates)
    return result


def _command(
    program: str,
    text: Text,
    *,
    output: pathlib.Path,
    options: argparse.Namespace,
) -> list[str]:
    # Empty: what an earlier run left must save no work.
    shutil.rmtree(output.parent, ignore_errors=True)
    output.parent.mkdir()
    return [
        sys.executable,
        str(_PROGRAMS[program]),
        f"--input_file={text.path}",
        f"--output_file={output}",
        f"--max_seq_length={options.max_seq_length}",
        f"--dupe_factor={options.dupe_factor}",
        "--do_lower_case=true",
    ]


def measured(command: Sequence[str]) -> Run:
    """Runs a command to its end.

    A child's peak memory counts from before it became another program, so it
    is never below this process's own peak: nothing large is held here.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{output.read()[-2000:]}")
    return Run(
        seconds=seconds,
        processor_seconds=usage.ru_utime + usage.ru_stime,
        peak_megabytes=usage.ru_maxrss / 1024,
    )


def _rates(
    start_up: Sequence[Run], whole: Sequence[Run], num_words: int
) -> Rates:
    def least(runs: Sequence[Run], name: str) -> float:
        return min(getattr(run, name) for run in runs)

    net = {
        name: least(whole, name) - least(start_up, name)
        for name in ("seconds", "processor_seconds")
    }
    return Rates(
        words_per_second=num_words / net["seconds"],
        words_per_processor_second=num_words / net["processor_seconds"],
        start_up_seconds=least(start_up, "seconds"),
        peak_megabytes=max(run.peak_megabytes for run in whole),
    )


def first_difference(paths: Sequence[pathlib.Path]) -> str | None:
    """Returns where two files of records first differ; None if they do not.

    Features are compared, not bytes: their order in a record is free.
    """
    if len(paths) < 2 or filecmp.cmp(*paths, shallow=False):
        return None
    pairs = itertools.zip_longest(*map(read_records, map(str, paths)))
    for number, (one, other) in enumerate(pairs):
        if one is None or other is None:
            return f"only one file has record {number}"
        if one == other:
            continue
        features, others = decode_example(one), decode_example(other)
        names = sorted(
            name
            for name in features.keys() | others.keys()
            if features.get(name) != others.get(name)
        )
        if names:
            return f"record {number}: {', '.join(names)}"
    return None


def _report(family: str, result: Mapping) -> None:
    print(f"\n{family}: {result['words']:,} words")
    for program in [name for name in _PROGRAMS if name in result]:
        rates = Rates(**result[program])
        print(
            f"{program:9}{rates.words_per_second:>12,.0f} words/s"
            f"{rates.words_per_processor_second:>12,.0f} words/s of processor"
            f"{rates.start_up_seconds:>8.2f} s start-up"
            f"{rates.peak_megabytes:>8,.0f} MB peak"
        )
    if _PROGRAMS.keys() <= result.keys():
        kit, reference = result["kit"], result["reference"]
        ratios = {name: kit[name] / reference[name] for name in kit}
        print(
            f"kit / reference: {ratios['words_per_second']:.1f} x, processor "
            f"{ratios['words_per_processor_second']:.1f} x, memory "
            f"{ratios['peak_megabytes']:.3f} x\n"
            f"records: {result['difference'] or 'equal'}\n"
        )


if __name__ == "__main__":
    sys.exit(main())
