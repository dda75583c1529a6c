"""One unit of a corpus -> its record files; what is there already is kept.

A unit's records are those of one call of the original on its text, with the
random seed of the run plus the unit's index. They depend on nothing else: not
on the other units, on how many processes there are, or on who was killed when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foundation import files, memory
from foundation.errors import InputError
from preprocessing import manifest_parts, record_making
from preprocessing.corpus_units import Unit
from preprocessing.documents import EncodedBlock
from preprocessing.manifest import ListedFile, Manifest, settings, split_path
from preprocessing.manifest_checks import check_size, verify_file
from preprocessing.record_job import RecordJob, shard_path
from preprocessing.records import RecordFiles
from preprocessing.text_hash import TextHash, sha256_of_text
from preprocessing.tfrecord_writer import remove_leftovers


@dataclass(frozen=True)
class UnitJob:
    """A run over the units of a corpus.

    Attributes:
      records: how text becomes records.
      outputs: as --output_file names them; a unit's records go in turn to a
        file of its own for each.
      num_units: how many there are.
      overwrite: whether files with other settings, or of others, are replaced.
    """

    records: RecordJob
    outputs: tuple[str, ...]
    num_units: int
    overwrite: bool = False

    def outputs_of(self, index: int) -> record_making.Outputs:
        """Returns the files of a unit."""
        paths = [shard_path(x, index, self.num_units) for x in self.outputs]
        return record_making.Outputs.of(paths, self.records)


@dataclass(frozen=True)
class UnitResult:
    """What became of a unit.

    Attributes:
      index: of the unit.
      num_bytes: of its text.
      num_records: to train on.
      num_held_out: records of held-out documents.
      was_there: its files were there, and sound.
      damaged: a file that was there and was not what its receipt says, so
        that it was made anew; "" = none.
    """

    index: int
    num_bytes: int
    num_records: int
    num_held_out: int
    was_there: bool = False
    damaged: str = ""


def run_unit(unit: Unit, job: UnitJob) -> UnitResult:
    """Makes the records of a unit, unless they are there.

    Raises:
      InputError: text that cannot be read, a place that cannot be written to,
        or files of others where the records belong.
    """
    memory.give_back_large_arrays()
    outputs = job.outputs_of(unit.index)
    paths = outputs.paths
    entries = [
        find_entry(path, job.records.manifest, overwrite=job.overwrite)
        for path in paths
    ]
    damaged = ""
    if None not in entries:
        listed = [entry for entry in entries if entry is not None]
        damaged = _first_wrong(unit, paths, listed, by_file=job.records.by_file)
        if not damaged:
            counts = [entry.num_records for entry in listed]
            return _result(unit, counts, outputs, was_there=True)
    remove_leftovers(paths)
    made = _make(unit, outputs, job)
    counts = [file.num_records for file in made.files]
    return _result(unit, counts, outputs, damaged=damaged)


def check_places(job: UnitJob) -> int:
    """Looks at what lies where records belong; reads no record.

    Returns:
      How many of the units have all their files.

    Raises:
      InputError: files of others, or of other settings.
    """
    finished = 0
    for index in range(job.num_units):
        finished += all(
            find_entry(path, job.records.manifest, overwrite=job.overwrite)
            for path in job.outputs_of(index).paths
        )
    return finished


def find_entry(
    path: str, manifest: Manifest, *, overwrite: bool
) -> ListedFile | None:
    """Returns what is known of a file that is there; None = to be made.

    Args:
      path: of a unit's record file.
      manifest: the settings that it should have.
      overwrite: whether a file with others, or of others, is to be made anew.

    Raises:
      InputError: such a file, where it is to stay.
    """
    if not files.exists(path):
        return None
    try:
        found = manifest_parts.find_receipt(path)
    except InputError:
        if overwrite:
            return None
        raise
    if found is not None and settings(found) == settings(manifest):
        return found.files[0]
    if overwrite:
        return None
    raise InputError(
        "a file is where a unit's records belong",
        got="one of another program"
        if found is None
        else f"records made otherwise: {_difference(found, manifest)}",
        expected="none, or what this command made before",
        next_step="name other files in --output_file, or add "
        "--overwrite_output",
        path=path,
    )


def _difference(found: Manifest, wanted: Manifest) -> str:
    """Returns what differs, and both values."""
    one = {**vars(found), **found.flags}
    other = {**vars(wanted), **wanted.flags}
    values = [
        f"{name} {one.get(name)}, now {other.get(name)}"
        for name in {**one, **other}
        if name not in ("flags", "files", "features")
        and one.get(name) != other.get(name)
    ]
    return "; ".join(values) or "other features"


def _first_wrong(
    unit: Unit,
    paths: Sequence[str],
    entries: Sequence[ListedFile],
    *,
    by_file: bool,
) -> str:
    """Returns the first file that is not what it should be; "" = none."""
    text_sha256 = ""
    for path, entry in zip(paths, entries, strict=True):
        folder, _ = split_path(path)
        try:
            check_size(entry, folder)
            verify_file(entry, folder)
        except InputError:
            return path
        if not text_sha256:
            text_sha256 = sha256_of_text(unit.parts, by_file=by_file)
        if entry.text_sha256 != text_sha256:
            return path
    return ""


def _make(
    unit: Unit, outputs: record_making.Outputs, job: UnitJob
) -> record_making.Made:
    records = job.records
    text_hash = TextHash(by_file=records.by_file)

    def watch(encoded: EncodedBlock) -> None:
        text_hash.add(encoded.block)

    text = record_making.read(
        unit.parts,
        records,
        spill_folder=record_making.spill_folder_for(outputs.train),
        watch=watch,
    )
    with RecordFiles() as record_files:
        made = record_making.write(
            text,
            outputs,
            records,
            seed=records.options.random_seed + unit.index,
            record_files=record_files,
        )
        for file in made.files:
            manifest_parts.save_receipt(
                records.manifest, file, text_sha256=text_hash.hexdigest()
            )
        record_files.publish()
    return made


def _result(
    unit: Unit,
    counts: Sequence[int],
    outputs: record_making.Outputs,
    *,
    was_there: bool = False,
    damaged: str = "",
) -> UnitResult:
    num_train = len(outputs.train)
    return UnitResult(
        unit.index,
        unit.num_bytes,
        sum(counts[:num_train]),
        sum(counts[num_train:]),
        was_there,
        damaged,
    )
