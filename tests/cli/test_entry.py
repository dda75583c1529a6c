"""How scripts end: exit codes, one line, traces with --debug only."""

import errno
import subprocess
import sys

import pytest

SCRIPT = """
import sys
from absl import flags
from cli import entry
from foundation.errors import InputError
from training.interruption import Interrupted

flags.DEFINE_boolean("debug", False, "")
entry.run(lambda rest: {body})
"""


def run(body, *flags, raises=None):
    if raises is not None:
        body = f"(_ for _ in ()).throw({raises})"
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(body=body), *flags],
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.mark.parametrize(("body", "code"), [("None", 0), ("0", 0), ("3", 3)])
def test_exit_code_is_what_main_returns(body, code):
    done = run(body)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize(
    ("raises", "code", "text"),
    [
        ("InputError('bad', got=1, expected=2)", 2, "bad: got 1, expected 2"),
        (f"OSError({errno.ENOSPC}, 'full', 'f')", 2, "f: the file system"),
        ("MemoryError()", 2, "out of memory: got"),
        ("Interrupted(15)", 143, "Saved and stopped"),
        ("KeyboardInterrupt()", 130, "Stopped."),
    ],
)
def test_one_line_without_a_trace(raises, code, text):
    done = run("", raises=raises)
    assert done.returncode == code
    assert text in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("error", ["KeyError", "UnicodeError", "OSError"])
def test_a_defect_shows_its_place_but_not_its_message(error):
    # The message of a KeyError can be a word of a patient's note.
    done = run("", raises=f"{error}('Smith')")
    assert done.returncode == 1
    assert "Smith" not in done.stderr
    assert done.stderr.startswith("ERROR: a defect of this program: got ")
    assert f"{error} at " in done.stderr
    assert ". Next: repeat with --debug" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("flag", ["--debug", "--debug=true", "-debug"])
def test_debug_shows_the_trace(flag):
    done = run("", flag, raises="InputError('bad')")
    assert done.returncode == 2
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.endswith("\nERROR: bad\n")
    done = run("", flag, raises="KeyError('Smith')")
    assert done.returncode == 1
    assert "KeyError: 'Smith'" in done.stderr


def test_help_may_be_cut_short(root_dir):
    """`run_ner.py --help | head -1` is no defect."""
    done = subprocess.run(
        f"{sys.executable} run_ner.py --help | head -n 1",
        cwd=root_dir,
        shell=True,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("Fine-tunes")
    assert done.stderr == ""
