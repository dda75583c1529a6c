r"""Says what record files hold, checks them, or shows records as text.

usage: inspect_records.py [--verify | --show N] [--vocab_file F] PATH...

A PATH is a record file, or a folder with a manifest.json. For example:

  python scripts/inspect_records.py --verify outputs/pretraining_data
  python scripts/inspect_records.py --show 3 --vocab_file biobert/vocab.txt \
    outputs/pretraining_data/train-00000.tfrecord

--show prints what may be clinical text, so only when it is asked for. A piece
that is predicted is followed by what stood there before: [MASK]{fever}.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from tqdm import tqdm

from foundation import files
from foundation.errors import InputError
from preprocessing.manifest import (
    ListedFile,
    Manifest,
    find_manifests,
    load_manifest,
    split_path,
)
from preprocessing.manifest_checks import check_against, verify_file
from preprocessing.records import count_records, iterate_examples
from preprocessing.tokenization import load_sentencepiece, read_pieces


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what was asked for; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        paths = record_files(options.path)
        if options.verify:
            return verify(paths)
        for path in paths:
            for line in lines_about(path, options):
                sys.stdout.buffer.write(line.encode() + b"\n")
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except InputError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", nargs="+", help="a record file or a folder")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--verify", action="store_true", help="check counts and hashes"
    )
    what.add_argument(
        "--show", type=int, metavar="N", help="print N records of each file"
    )
    parser.add_argument(
        "--start", type=int, default=0, metavar="K", help="from record K on"
    )
    vocabulary = parser.add_mutually_exclusive_group()
    vocabulary.add_argument(
        "--vocab_file", help="the vocabulary; without it, --show prints ids"
    )
    vocabulary.add_argument("--spm_model_file", help="the same, for ALBERT")
    return parser


def record_files(paths: Sequence[str]) -> list[str]:
    """Returns the files; for a folder, those that its manifest names.

    Raises:
      InputError: a folder without a manifest.
    """
    found = []
    for path in paths:
        if not files.is_directory(path):
            found.append(path)
            continue
        manifests = find_manifests(path)
        if not manifests:
            raise InputError(
                "the folder has no manifest.json",
                got=f"{len(files.list_directory(path))} files",
                expected="a folder that create_pretraining_data.py wrote into",
                next_step="name the record files themselves",
                path=path,
            )
        for manifest in manifests:
            found += [files.join(path, file.name) for file in manifest.files]
    return found


def verify(paths: Sequence[str]) -> int:
    """Checks every file, whatever the others are; returns the exit code."""
    exit_code = 0
    for path in tqdm(paths, unit="file", disable=None):
        try:
            tqdm.write(f"OK {path}: {checked(path)}")
        except InputError as error:
            tqdm.write(f"ERROR: {error}", file=sys.stderr)
            exit_code = 2
    return exit_code


def checked(path: str) -> str:
    """Returns what a sound file holds.

    Raises:
      InputError: it is damaged, or not what its manifest says.
    """
    manifest = load_manifest(path)
    if manifest is None:
        return (
            f"{count_records(path)} sound records; it is in no manifest, so "
            "nobody can tell whether some are missing"
        )
    listed = _listed(manifest, path)
    verify_file(listed, split_path(path)[0])
    return f"{listed.num_records} records, as its manifest says"


def _listed(manifest: Manifest, path: str) -> ListedFile:
    _, name = split_path(path)
    return next(file for file in manifest.files if file.name == name)


def lines_about(path: str, options: argparse.Namespace) -> Iterator[str]:
    """Yields the lines to print about a file.

    Raises:
      InputError: it cannot be read, or its vocabulary is another one.
    """
    manifest = load_manifest(path)
    if options.show is None:
        yield from described(path, manifest)
        return
    pieces: Sequence[str] | None = None
    vocabulary = options.spm_model_file or options.vocab_file
    if vocabulary:
        if manifest is not None:
            wanted = {"vocab_sha256": files.sha256_of(vocabulary)}
            check_against(manifest, wanted, folder=split_path(path)[0])
        pieces = (
            load_sentencepiece(vocabulary, lower_case=True).all_pieces
            if options.spm_model_file
            else read_pieces(vocabulary)
        )
    end = options.start + options.show
    examples = enumerate(iterate_examples(path))
    for number, example in islice(examples, options.start, end):
        _check_features(example, path)
        yield f"{path} record {number}: {facts(example)}"
        yield as_text(example, pieces=pieces)


def _check_features(example: Mapping[str, Any], path: str) -> None:
    missing = {"input_ids", "input_mask"} - example.keys()
    length = len(example.get("input_ids", ()))
    positions = example.get("masked_lm_positions", ())
    if missing or any(position >= length for position in positions):
        raise InputError(
            "these are no records of pretraining data",
            got=f"no {' '.join(sorted(missing))}"
            if missing
            else f"a position {max(positions)} of {length}",
            expected="records of create_pretraining_data.py",
            next_step="give the files that it wrote",
            path=path,
        )


def described(path: str, manifest: Manifest | None) -> Iterator[str]:
    """Yields what is known of a file without a word of its text."""
    yield path
    if manifest is None:
        yield f"  {count_records(path)} records, in no manifest"
        for example in islice(iterate_examples(path), 1):
            for name in sorted(example):
                yield f"  {name} [{len(example[name])}]"
        return
    listed = _listed(manifest, path)
    yield (
        f"  {listed.num_records} records of {manifest.num_records} in "
        f"{len(manifest.files)} files; {listed.num_bytes} bytes"
        + (", gzip" if manifest.gzip else "")
    )
    for name, length in manifest.features.items():
        yield f"  {name} [{length}]" + ("" if manifest.padded else " or less")
    yield (
        f"  for {manifest.family}, do_lower_case "
        f"{str(manifest.do_lower_case).lower()}, vocabulary "
        f"{manifest.vocab_sha256[:12]}, random_seed {manifest.random_seed}"
    )


def facts(example: Mapping[str, Any]) -> str:
    """Returns a record's counts and label."""
    parts = [f"{num_pieces(example)} pieces"]
    if "masked_lm_weights" in example:
        num_predictions = int((example["masked_lm_weights"] > 0).sum())
        parts.append(f"{num_predictions} predictions")
    for label in example.get("next_sentence_labels", ()):
        parts.append(f"next_sentence_label {label}")
    return ", ".join(parts)


def num_pieces(example: Mapping[str, Any]) -> int:
    """Returns the number of pieces that are no padding."""
    return int(example["input_mask"].sum())


def as_text(example: Mapping[str, Any], *, pieces: Sequence[str] | None) -> str:
    """Returns a record's pieces, predicted ones with their {original}.

    Args:
      example: its features.
      pieces: the vocabulary by id; None = ids are returned.

    Raises:
      InputError: an id that the vocabulary does not have.
    """
    words = _words(example["input_ids"][: num_pieces(example)], pieces)
    if "masked_lm_weights" in example:
        originals = _words(example["masked_lm_ids"], pieces)
        predictions = zip(
            example["masked_lm_positions"],
            originals,
            example["masked_lm_weights"],
            strict=True,
        )
        for position, original, weight in predictions:
            if weight > 0:
                words[position] += f"{{{original}}}"
    return " ".join(words)


def _words(ids: Sequence[int], pieces: Sequence[str] | None) -> list[str]:
    if pieces is None:
        return [str(piece_id) for piece_id in ids]
    if len(ids) and max(ids) >= len(pieces):
        raise InputError(
            "the vocabulary is not the records'",
            got=f"{len(pieces)} pieces and an id {max(ids)}",
            expected="ids below the number of pieces",
            next_step="give the vocabulary that the records were made with",
        )
    return [pieces[piece_id] for piece_id in ids]


if __name__ == "__main__":
    sys.exit(main())
