"""The records that a flag names: what they are, against what flags say."""

from __future__ import annotations

from dataclasses import dataclass

from absl import flags, logging

from cli.lm_probe import LABELS, PIECES, PREDICTIONS
from foundation import files
from foundation.errors import InputError
from preprocessing.manifest import Manifest
from preprocessing.record_set import RecordSet, open_record_set

LENGTHS = ("max_seq_length", "max_predictions_per_seq")
# EmilyAlsentzer/clinicalBERT: create_pretrain_data.sh has 22, its training 20.
_HINT_OF_20 = (
    "leave --max_predictions_per_seq out: it is taken from the records "
    "(clinicalBERT's scripts make them with 22 and train with 20)"
)


@dataclass(frozen=True)
class NamedRecords:
    """Records and the flag that names them.

    Attributes:
      flag: its name.
      records: the files and what is known of them.
    """

    flag: str
    records: RecordSet

    @property
    def manifest(self) -> Manifest | None:
        """What the records were made with, where that is known."""
        return self.records.manifest

    @property
    def path(self) -> str:
        """The first file that has records, for messages."""
        return next(f.path for f in self.records.files if f.num_records)

    @property
    def max_seq_length(self) -> int:
        """Values of the features with one for each piece."""
        if self.manifest is not None:
            return self.manifest.max_seq_length
        return self.records.features[PIECES[0]]

    @property
    def max_predictions_per_seq(self) -> int:
        """Values of the masked_lm features, or as many as are to be drawn."""
        if self.manifest is not None:
            return self.manifest.max_predictions_per_seq
        return self.records.features[PREDICTIONS[0]]

    @property
    def has_masks(self) -> bool:
        """False = they are to be drawn in training."""
        return PREDICTIONS[0] in self.records.features

    @property
    def has_labels(self) -> bool:
        """Whether there is something to learn of sentences."""
        return LABELS in self.records.features


def read(fv: flags.FlagValues, flag: str) -> NamedRecords:
    """Finds the records that a flag names.

    Raises:
      InputError: there are none, or none to train on, or they do not go
        together.
    """
    found = NamedRecords(flag, open_record_set(_expand(fv, flag)))
    _check_features(found)
    return found


def _expand(fv: flags.FlagValues, flag: str) -> list[str]:
    """Returns the files that a flag names, each pattern's matches sorted."""
    items = [item.strip() for item in (fv[flag].value or "").split(",")]
    paths: list[str] = []
    for item in filter(None, items):
        matches = files.glob(item)
        if not matches and files.exists(item):  # "data [old]/x.tfrecord"
            matches = [item]
        if not matches:
            raise InputError(
                "no record file matches",
                got=f"--{flag}={item}",
                expected="at least one file for each name and pattern",
                next_step="give record files of create_pretraining_data.py, or "
                "patterns such as data/part_*.tfrecord, with commas between",
            )
        paths += matches
    if not paths:
        raise InputError(
            "there are no records to read",
            got=f"no --{flag}",
            expected="files or patterns, with commas between",
            next_step=f"add --{flag}=data/*.tfrecord",
        )
    return paths


def _check_features(found: NamedRecords) -> None:
    needed = [*PIECES]
    if found.manifest is None:
        needed += PREDICTIONS
    missing = [name for name in needed if name not in found.records.features]
    if missing:
        listed = ", ".join(sorted(found.records.features)) or "none"
        raise InputError(
            "the records are not ones to train on",
            got=f"features: {listed}",
            expected=f"{', '.join(missing)} beside them",
            next_step="give records of create_pretraining_data.py; those "
            "without masks need their manifest.json beside them",
            path=found.path,
        )


def take_lengths(
    fv: flags.FlagValues, found: NamedRecords, *, prefix: str = ""
) -> None:
    """Checks the flags of the lengths; those not given are the records'.

    Args:
      fv: parsed flags.
      found: the records.
      prefix: of the flags' names.

    Raises:
      InputError: a flag names another length.
    """
    for name in LENGTHS:
        flag = fv[prefix + name]
        length = getattr(found, name)
        if flag.value is None:
            flag.value = length
            logging.info(
                "--%s is not given; using %d, as the records of --%s.",
                flag.name,
                length,
                found.flag,
            )
        elif flag.value != length:
            raise InputError(
                f"--{flag.name} is not what the records of --{found.flag} have",
                got=f"--{flag.name}={flag.value}",
                expected=f"{length}, {name} of the records"
                + _doubling(found, name),
                next_step=_HINT_OF_20
                if flag.name == "max_predictions_per_seq"
                else f"leave --{flag.name} out, or give {length}",
                path=found.path,
            )


def _doubling(found: NamedRecords, name: str) -> str:
    """Says where a record has twice as many predictions as its flag."""
    doubles = found.manifest and found.manifest.flags.get("do_permutation")
    if name != "max_predictions_per_seq" or not doubles:
        return ""
    return " (--do_permutation doubles create_pretraining_data.py's flag)"


def check_same_lengths(
    held_out: NamedRecords, phases: list[NamedRecords]
) -> None:
    """Raises InputError where held-out records are of other lengths."""

    def lengths(named: NamedRecords) -> str:
        return " and ".join(f"{n} {getattr(named, n)}" for n in LENGTHS)

    known = [lengths(phase) for phase in phases]
    if lengths(held_out) not in known:
        raise InputError(
            f"the records of --{held_out.flag} are not like those of training",
            got=lengths(held_out),
            expected=" or ".join(known),
            next_step="make held-out records with the same flags "
            "(--held_out_fraction does it along the way)",
            path=held_out.path,
        )
