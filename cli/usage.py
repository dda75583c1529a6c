"""The text of --help: what the script does, its flags by concern."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

from absl import flags

_WIDTH = 80


def text(fv: flags.FlagValues, docstring: str) -> str:
    """Returns the help text.

    Args:
      fv: the script's flags, grouped by the `cli` module that declared them.
      docstring: the script's; says what it does, with examples.
    """
    parts = [docstring.strip()]
    for module, group in fv.flags_by_module_dict().items():
        if not module.startswith(("cli.", "__main__")):
            continue
        parts.append(_title(module))
        parts += [_entry(flag) for flag in group]
    return "\n".join(parts)


def _title(module: str) -> str:
    document = (sys.modules[module].__doc__ or module).strip()
    first = document.splitlines()[0].rstrip(".")
    return f"\n{first}\n{'-' * len(first)}"


def _entry(flag: flags.Flag[Any]) -> str:
    head = f"--{flag.name}"
    if flag.default is not None and flag.default != []:
        head += f"={_shown(flag.default)}"
    help_text = flag.help or ""
    body = textwrap.fill(
        " ".join(help_text.split()),
        width=_WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
    )
    return f"  {head}\n{body}"


def _shown(value: object) -> str:
    if isinstance(value, list):  # as it is written on the command line
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
