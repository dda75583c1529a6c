"""The two scripts say what they do, and what is wrong, without TensorFlow."""

import pytest

from tests.scripts.script_runs import REPORT_TENSORFLOW, run_program


@pytest.mark.parametrize("name", ["extract_features", "probe_mlm"])
@pytest.mark.parametrize("word", ["--help", "--layer=1"])
def test_no_tensorflow_for_words(root_dir, name, word):
    script = f"scripts/{name}.py"
    done = run_program(root_dir, "-c", REPORT_TENSORFLOW, script, word)
    assert "heavy: []" in done.stderr
    assert done.returncode == (0 if word == "--help" else 2), done.stderr
