import os
import subprocess
import sys

import pytest


@pytest.fixture
def run(root_dir):
    def _run(data: bytes, *arguments: str):
        return subprocess.run(
            [sys.executable, "scripts/conlleval.py", *arguments],
            input=data,
            capture_output=True,
            cwd=root_dir,
            env={**os.environ, "PYTHONPATH": str(root_dir)},
            check=False,
        )

    return _run


def test_prints_the_text_of_the_perl_script(run, golden_dir):
    for case in sorted((golden_dir / "conlleval").glob("*.conll")):
        done = run(case.read_bytes())
        assert done.returncode == 0
        assert done.stdout == case.with_suffix(".expected.txt").read_bytes()


def test_options(run):
    assert run(b"a\tNIL\tPER\n", "-r", "-d", "\\t", "-o", "NIL").stdout == (
        b"processed 1 tokens with 0 phrases; found: 1 phrases; correct: 0.\n"
        b"accuracy:   0.00%; precision:   0.00%; recall:   0.00%;"
        b" FB1:   0.00\n"
        b"              PER: precision:   0.00%; recall:   0.00%;"
        b" FB1:   0.00  1\n"
    )
    assert b"\\hline" in run(b"a B-X B-X\n", "-l").stdout


def test_bytes_that_are_not_text_are_counted(run):
    line = b"\xff\xe9 B-\xc3\xa9 B-\xc3\xa9\n"
    done = run(line)
    assert done.returncode == 0
    # Perl counts bytes: 15 blanks before a type of 2 bytes.
    assert b"\n" + b" " * 15 + b"\xc3\xa9: precision: 100.00%" in done.stdout


def test_a_bad_line_is_one_line_and_an_exit_code(run):
    done = run(b"a B B\nsecret B\n")
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.startswith(b"conlleval: input:2: unexpected number")
    assert done.stderr.count(b"\n") == 1
    assert b"secret" not in done.stderr


def test_unknown_arguments_are_refused(run):
    assert run(b"", "-x").returncode == 2
    assert run(b"", "file").returncode == 2
