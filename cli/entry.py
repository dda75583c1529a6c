"""How every script starts and ends.

An `InputError` is one line and exit code 2; so is a wrong flag, a full disk, a
lack of memory. Anything else is a defect of ours: one line too, exit code 1.
--debug adds the stack traces. SIGTERM ends with 143 and Ctrl-C with 130, after
a checkpoint has been saved where there is one.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType

from absl import flags, logging

from cli import refusals, usage
from foundation import private_files, tensorflow_settings
from foundation.errors import InputError
from training.interruption import Interrupted

tensorflow_settings.set_defaults()

EXIT_INPUT = 2
EXIT_NOTHING_DONE = 3  # the run was complete before it began
_SIGNAL_BASE = 128


def run(
    main: Callable[[Sequence[str]], int | None],
    fv: flags.FlagValues = flags.FLAGS,
    *,
    argv: Sequence[str] | None = None,
    max_words: int = 0,
    private: bool = True,
) -> None:
    """Parses the command line, runs `main`, exits with its code.

    Args:
      main: takes what is left of the command line; returns an exit code, or
        None for 0.
      fv: the script's flags.
      argv: the command line; None = the process's own.
      max_words: how many words without a flag `main` takes.
      private: whether others may not read the files it writes (mode 0600).
    """
    logging.use_absl_handler()
    logging.set_verbosity(logging.INFO)
    words = list(sys.argv if argv is None else argv)
    sys.excepthook = lambda kind, error, trace: _tell_defect(
        kind, error, trace=trace, with_trace=_debug(fv, words)
    )
    with private_files.owned() if private else contextlib.nullcontext():
        code = _guarded(main, fv, words, max_words=max_words)
    sys.exit(code)


def _guarded(
    main: Callable[[Sequence[str]], int | None],
    fv: flags.FlagValues,
    argv: Sequence[str],
    *,
    max_words: int,
) -> int:
    if any(word in ("--help", "-help", "-h", "--helpfull") for word in argv):
        _print_help(usage.text(fv, sys.modules["__main__"].__doc__ or ""))
        return 0
    try:
        return _answered(main, fv, argv, max_words=max_words)
    except InputError as error:
        return _say(error, with_trace=_debug(fv, argv))
    except Interrupted as stop:
        print(f"{stop}.", file=sys.stderr)
        return _SIGNAL_BASE + stop.number
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return _SIGNAL_BASE + 2


def _print_help(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _answered(
    main: Callable[[Sequence[str]], int | None],
    fv: flags.FlagValues,
    argv: Sequence[str],
    *,
    max_words: int,
) -> int:
    """Runs `main`; errors of others that a person can mend become ours."""
    rest = _parsed(fv, argv, max_words)
    try:
        return main(rest) or 0
    except flags.Error as error:
        raise refusals.of_flags(error, fv) from error
    except OSError as error:
        if error.errno is None:
            raise
        raise refusals.of_system(error) from error
    except MemoryError as error:
        raise refusals.out_of_memory("no memory left") from error
    except refusals.tensorflow_errors() as error:
        refusal = refusals.of_tensorflow(error)
        if refusal is None:
            raise
        raise refusal from error


def _parsed(
    fv: flags.FlagValues, argv: Sequence[str], max_words: int
) -> Sequence[str]:
    # absl would take "=x" in "--output_dir =x" for the folder's name.
    torn = [i for i, word in enumerate(argv) if word.startswith("=")]
    if torn:
        raise refusals.of_words(argv[torn[0] :], argv)
    try:
        rest: Sequence[str] = fv(argv)
    except (flags.Error, ValueError) as error:  # ValueError: --nox=1
        raise refusals.of_flags(error, fv) from error
    if len(rest) > 1 + max_words:
        raise refusals.of_words(rest[1 + max_words :], argv)
    return rest


def _debug(fv: flags.FlagValues, argv: Sequence[str]) -> bool:
    # The flag has no value yet where the command line cannot be parsed.
    return "--debug" in argv or ("debug" in fv and bool(fv["debug"].value))


def _say(error: InputError, *, with_trace: bool) -> int:
    if with_trace:
        traceback.print_exception(error)
    print(f"ERROR: {error}", file=sys.stderr)
    return EXIT_INPUT


def _tell_defect(
    kind: type[BaseException],
    error: BaseException,
    *,
    trace: TracebackType | None,
    with_trace: bool,
) -> None:
    """Says where the program failed, without what could be a note's text."""
    if with_trace:
        traceback.print_exception(kind, error, trace)
    frames = traceback.extract_tb(trace)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "start"
    refusal = InputError(
        "a defect of this program",
        got=f"{kind.__name__} at {where}",
        expected="no such error",
        next_step="repeat with --debug, which shows the whole trace (it may "
        "hold text of your data), and report it",
    )
    print(f"ERROR: {refusal}", file=sys.stderr)
