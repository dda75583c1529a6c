"""Flags of run_pretraining.py that are not given: their family's values.

google-research/bert and google-research/albert have the same flags with other
defaults (originals.md 3.1). Which family it is, the model's config says.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from absl import flags, logging


class FamilyDefault(NamedTuple):
    """The defaults of both run_pretraining.py."""

    bert: Any
    albert: Any


FAMILY_DEFAULTS = {
    "do_train": FamilyDefault(bert=False, albert=True),
    "train_batch_size": FamilyDefault(bert=32, albert=4096),
    "eval_batch_size": FamilyDefault(bert=8, albert=64),
    "optimizer": FamilyDefault(bert="adamw", albert="lamb"),
    "learning_rate": FamilyDefault(bert=5e-5, albert=0.00176),
    "num_train_steps": FamilyDefault(bert=100_000, albert=125_000),
    "num_warmup_steps": FamilyDefault(bert=10_000, albert=3_125),
    "save_checkpoints_steps": FamilyDefault(bert=1000, albert=5000),
}
# Of two flags that say the same in other words, a given one counts.
_IN_PLACE_OF = {
    "num_train_steps": "num_train_epochs",
    "num_warmup_steps": "warmup_proportion",
}


def undecided() -> dict[str, Any]:
    """Returns the script's defaults: None where the family decides."""
    return dict.fromkeys(FAMILY_DEFAULTS)


def describe(fv: flags.FlagValues) -> None:
    """Adds the families' values to what --help says of declared flags."""
    for name, value in FAMILY_DEFAULTS.items():
        text = f"{fv[name].help} Not given: {_shown(value.bert)}"
        fv[name].help = f"{text}; {_shown(value.albert)} for ALBERT."


def take(fv: flags.FlagValues, *, family: str) -> None:
    """Sets what is not given to the family's value, and logs it."""
    taken = []
    for name, value in FAMILY_DEFAULTS.items():
        other = _IN_PLACE_OF.get(name)
        given = [n for n in (name, other) if n and fv[n].value is not None]
        if given:
            continue
        fv[name].value = getattr(value, family)
        taken.append(f"--{name}={_shown(fv[name].value)}")
    if taken:
        logging.info(
            "Not given, so as in %s's run_pretraining.py: %s",
            family.upper(),
            " ".join(taken),
        )


def tell_rate_of_batch(rate: float, records: int) -> None:
    """Says what the rate of LAMB's published batch is for this one."""
    published, batch = FAMILY_DEFAULTS["learning_rate"].albert, 4096
    scaled = published * math.sqrt(records / batch)
    if records != batch and rate >= 2 * scaled:
        logging.warning(
            "ALBERT's rate of %g is for %d records an update. By the square "
            "root of the batch (You et al. 2020), %d records want "
            "--learning_rate=%.2g; this run has %g.",
            published,
            batch,
            records,
            scaled,
            rate,
        )


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
