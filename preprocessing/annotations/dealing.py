"""Documents -> train, dev and test, by patient and by a seed.

A patient's documents are never in two of them. Who goes where is a function of
the seed and of the patients' names alone: not of the order of files, nor of a
hash that differs from run to run, as in clinicalBERT's notebooks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from foundation.errors import InputError


def patient_of(document: str, pattern: re.Pattern[str] | None) -> str:
    """Returns the patient that a document's name tells.

    Args:
      document: its name.
      pattern: its first group, or all that it matches, is the patient; None =
        each document is a patient of its own.

    Raises:
      InputError: the pattern does not match.
    """
    if pattern is None:
        return document
    match = pattern.search(document)
    if match is None:
        raise InputError(
            "a document's name tells no patient",
            got="no match of --patient_pattern",
            expected="one in each document's name",
            next_step="change --patient_pattern",
            path=document,
        )
    return str(match[1] if match.re.groups else match[0])


def deal(
    patients: Iterable[str], *, seed: int, shares: dict[str, float], rest: str
) -> dict[str, str]:
    """Returns the split of each patient.

    Args:
      patients: their names; each may come often.
      seed: another one deals anew.
      shares: split -> its share of the patients, above 0 and below 1; rounded,
        but one patient at least.
      rest: the split of all others.

    Raises:
      InputError: nobody is left for the rest.
    """
    names = sorted(set(patients), key=lambda name: _rank(name, seed))
    dealt, at = {}, 0
    for split, share in shares.items():
        number = max(1, round(share * len(names)))
        for name in names[at : at + number]:
            dealt[name] = split
        at += number
    if at >= len(names) and shares:
        raise InputError(
            "too few patients to deal out",
            got=f"{len(names)} for {', '.join([rest, *shares])}",
            expected=f"at least {at + 1}",
            next_step="check --patient_pattern and the fractions",
        )
    return {name: dealt.get(name, rest) for name in names}


def _rank(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode()).digest()
