import json
import os
import subprocess
import sys

import pytest

SCRIPT = "scripts/tokenize_text.py"
REPORT_TENSORFLOW = """
import atexit, runpy, sys
sys.argv = sys.argv[1:]
def report():
    heavy = {"tensorflow", "tf_keras", "numpy"} & set(sys.modules)
    print("heavy:", sorted(heavy), file=sys.stderr)
atexit.register(report)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def run(root_dir):
    def run_script(*arguments, text=b"", program=(SCRIPT,)):
        path = os.pathsep.join([str(root_dir), *sys.path])
        return subprocess.run(
            [sys.executable, *program, *arguments],
            cwd=root_dir,
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "ascii"},
            input=text,
            capture_output=True,
            check=False,
            timeout=60,
        )

    return run_script


@pytest.fixture
def vocab_flag(golden_dir):
    return f"--vocab_file={golden_dir}/tokenization/vocab_uncased_2k.txt"


def test_one_list_of_ids_for_each_line(run, golden_dir, vocab_flag):
    with open(
        golden_dir / "tokenization" / "tokens.jsonl",
        encoding="utf-8",
        newline="\n",
    ) as file:
        rows = [json.loads(line) for line in file]
    rows = [row for row in rows if "\n" not in row["text"]]
    text = "".join(row["text"] + "\n" for row in rows).encode()
    result = run(vocab_flag, text=text)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.decode().splitlines()
    assert [json.loads(line) for line in lines] == [
        row["uncased_2k"] for row in rows
    ]


def test_pieces_and_empty_lines(run, golden_dir):
    model = f"--spm_model_file={golden_dir}/tokenization/spm_2k.model"
    result = run(model, "--pieces", text="\nthe β\r\nthe".encode())
    lines = [json.loads(x) for x in result.stdout.decode().splitlines()]
    assert lines[0] == []
    assert lines[1][0] == "▁the"
    assert lines[2] == ["▁the"]


def test_it_starts_without_tensorflow(run, vocab_flag):
    program = ("-c", REPORT_TENSORFLOW, SCRIPT)
    result = run(vocab_flag, text=b"the\n", program=program)
    assert result.returncode == 0, result.stderr
    assert b"heavy: []" in result.stderr


def test_bad_bytes_are_one_line_without_the_text(run, vocab_flag):
    result = run(vocab_flag, text=b"fine\nsecret \xff\n")
    assert result.returncode == 2
    assert len(result.stdout.splitlines()) == 1
    message = result.stderr.decode().splitlines()[-1]
    assert "standard input:2: the text is not UTF-8" in message
    assert "0xff" in message
    assert "secret" not in result.stderr.decode()
    assert "Traceback" not in result.stderr.decode()


def test_bad_vocabulary_and_stray_arguments(run, vocab_flag):
    for arguments, words in (
        (["--vocab_file=/no/such/vocab.txt"], "the vocabulary is missing"),
        ([vocab_flag, "text.txt"], "without a flag"),
        ([], "no vocabulary"),
    ):
        result = run(*arguments)
        assert result.returncode == 2
        assert words in result.stderr.decode()
        assert "Traceback" not in result.stderr.decode()


def test_help_has_an_example_and_the_flags(run):
    result = run("--help")
    text = result.stdout.decode(errors="replace")
    assert "python scripts/tokenize_text.py" in text
    for name in ("vocab_file", "spm_model_file", "pieces", "strip_accents"):
        assert f"--{name}" in text


def test_a_reader_that_leaves_early_is_no_error(root_dir, vocab_flag):
    command = (
        f"yes the | {sys.executable} {SCRIPT} '{vocab_flag}' | head -n 1; "
        'exit "${PIPESTATUS[1]}"'
    )
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=root_dir,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0
    assert b"Traceback" not in result.stderr
