"""How every script starts and ends.

An `InputError` is one line and exit code 2; so is a wrong flag. Anything else
is a defect of ours and keeps its stack trace. SIGTERM ends with 143 and
Ctrl-C with 130, after a checkpoint has been saved where there is one.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence


from absl import flags, logging

from cli import usage
from foundation.errors import InputError
from training.interruption import Interrupted

# Read when TensorFlow is first imported: without the first, it loads Keras 3
# beside tf_keras, which takes three seconds; the second hides its banner.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

EXIT_INPUT = 2
EXIT_NOTHING_DONE = 3  # the run was complete before it began
_SIGNAL_BASE = 128


def run(
    main: Callable[[Sequence[str]], int | None],
    fv: flags.FlagValues = flags.FLAGS,
) -> None:
    """Parses the command line, runs `main`, exits with its code.

    Args:
      main: takes what is left of the command line; returns an exit code, or
        None for 0.
      fv: the script's flags.
    """
    logging.use_absl_handler()
    logging.set_verbosity(logging.INFO)
    sys.exit(_guarded(main, fv, sys.argv))


def _guarded(
    main: Callable[[Sequence[str]], int | None],
    fv: flags.FlagValues,
    argv: Sequence[str],
) -> int:
    if any(word in ("--help", "-help", "-h", "--helpfull") for word in argv):
        print(usage.text(fv, sys.modules["__main__"].__doc__ or ""))
        return 0
    try:
        rest = fv(argv)
        if len(rest) > 1:
            raise InputError(
                "words without a flag on the command line",
                got=" ".join(rest[1:4]),
                expected="--flag=value",
                next_step="write --name=value without blanks around =",
            )
        return main(rest) or 0
    except flags.Error as error:
        return _say(str(error).rstrip("."), "see --help")
    except InputError as error:
        if "--debug" in argv:
            raise
        return _say(str(error), None)
    except OSError as error:
        if "--debug" in argv or error.errno is None:
            raise
        return _say(_of_system(error), _next_step(error.errno))
    except Interrupted as stop:
        print(f"Saved and stopped: {stop}.", file=sys.stderr)
        return _SIGNAL_BASE + stop.number
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return _SIGNAL_BASE + 2


def _say(text: str, next_step: str | None) -> int:
    line = " ".join(text.split())
    if next_step:
        line += f". Next: {next_step}"
    print(f"ERROR: {line}", file=sys.stderr)
    return EXIT_INPUT


def _of_system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return (
        f"{where}the file system refuses: got "
        f"{error.strerror or os.strerror(error.errno or 0)}, expected a file "
        "or folder that can be read and written"
    )


def _next_step(number: int) -> str:
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "free disk space or choose another --output_dir"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "change the permissions or choose another --output_dir"
    return "check the path"
