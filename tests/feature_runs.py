"""extract_features.py and probe_mlm.py run in this process."""

from __future__ import annotations

from absl import flags

from cli import feature_extraction, feature_options, mask_probe


def extract(**values: object) -> int:
    """Runs extract_features.py with these flags; None leaves one out."""
    return feature_extraction.run(parsed(feature_options.define, values))


def probe(**values: object) -> int:
    """Runs probe_mlm.py with these flags; None leaves one out."""
    return mask_probe.run(parsed(mask_probe.define, values))


def parsed(define, values) -> flags.FlagValues:
    fv = flags.FlagValues()
    define(fv)
    given = []
    for name, value in values.items():
        several = value if isinstance(value, list) else [value]
        given += [f"--{name}={v}" for v in several if v is not None]
    fv(["script.py", *given])
    return fv
