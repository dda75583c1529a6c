"""scripts/format_pubmed.py: its flags, what it says."""

import pytest
from absl import flags

from foundation.errors import InputError
from tests.preprocessing.literature.papers import (
    deletion,
    pubmed_article,
    pubmed_set,
)
from tests.scripts.script_runs import (
    REPORT_TENSORFLOW,
    load_script,
    run_program,
)


@pytest.fixture(scope="module")
def script(root_dir):
    return load_script(root_dir, "format_pubmed")


@pytest.fixture
def run(script, tmp_path):
    def run_flags(*given):
        fv = flags.FlagValues()
        script.define_flags(fv)
        fv(["x", f"--output_dir={tmp_path / 'out'}", *given])
        script.format_papers(fv)

    return run_flags


@pytest.fixture
def papers(tmp_path):
    path = tmp_path / "in.xml"
    path.write_text(
        pubmed_set(
            pubmed_article(1, language="por"),
            pubmed_article(2, "Other.", ""),
            pubmed_article(3, "Third."),
            deletion(9),
        )
    )
    return path


def test_a_program_without_tensorflow(root_dir, papers, tmp_path):
    done = run_program(
        *(root_dir, "-c", REPORT_TENSORFLOW, "scripts/format_pubmed.py"),
        f"--input_file={papers}",
        f"--output_dir={tmp_path / 'out'}",
        "--languages=eng",
        LC_ALL="C",
        PYTHONUTF8="0",
    )
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stderr
    assert "1 documents, 3 sentences, of 3 records in 1 files" in done.stdout
    assert "skipped, another language: 1\n" in done.stdout
    assert "skipped, no abstract: 1\n" in done.stdout
    text = (tmp_path / "out" / "in.txt").read_text(encoding="utf-8")
    assert text == "Third.\nOne sentence.\nAnother one.\n\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--first_year=2000", "--last_year=1999"], "no year is left"),
        (["--title_alone", "--notitles"], "not wanted"),
        (["--output_dir="], "--output_dir"),
    ],
)
def test_flags_that_do_not_go_together(run, papers, given, said):
    with pytest.raises(InputError, match=said):
        run(f"--input_file={papers}", *given)


def test_damaged_files_are_counted_and_named(run, tmp_path, capsys, caplog):
    (tmp_path / "bad.xml").write_text("canary")
    given = f"--input_file={tmp_path / '*.xml'}"
    with pytest.raises(InputError, match="--skip_damaged"):
        run(given)
    with caplog.at_level("WARNING"):
        run(given, "--skip_damaged")
    assert "documents.json" in caplog.text
    assert "skipped, damaged: 1" in capsys.readouterr().out
