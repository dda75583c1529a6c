"""The flags that every script shares which fine-tunes without a CRF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from absl import flags

from cli import (
    devices,
    model,
    optimization,
    run,
    small_sets,
    tokenizer,
    tpu,
)


def define(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    model.define(fv, defaults=defaults)
    tokenizer.define(fv, defaults=defaults)
    optimization.define(fv, defaults=defaults)
    optimization.define_albert(fv)
    optimization.define_shuffling(fv)
    small_sets.define(fv, with_crf=False)
    run.define(fv, defaults=defaults)
    devices.define_fine_tuning(fv)
    tpu.define(fv)
