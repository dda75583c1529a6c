"""Scripts as tests run them: as a program, or as a module."""

import importlib.util
import os
import subprocess
import sys

# `python -c` this, a script and its arguments: says what was imported.
REPORT_TENSORFLOW = """
import atexit, runpy, sys
sys.argv = sys.argv[1:]
def report():
    heavy = {"tensorflow", "tf_keras"} & set(sys.modules)
    print("heavy:", sorted(heavy), file=sys.stderr)
atexit.register(report)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def load_script(root_dir, name):
    """Returns scripts/<name>.py as a module."""
    path = root_dir / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_program(root_dir, *words, **variables):
    """Runs Python with these words; returns the finished process."""
    path = os.pathsep.join([str(root_dir), *sys.path])
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=root_dir,
        env={**os.environ, "PYTHONPATH": path, **variables},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


def ncbi_sentences(fixtures_dir, *splits):
    """Returns the sentences of the bundled slice of the NCBI corpus."""
    found, words = [], []
    for name in splits:
        tagged = fixtures_dir / "ncbi_disease" / f"{name}.tsv"
        for row in tagged.read_text(encoding="utf-8").split("\n"):
            if row.strip():
                words.append(row.split("\t")[0])
            elif words:
                found.append(" ".join(words))
                words = []
    return found
