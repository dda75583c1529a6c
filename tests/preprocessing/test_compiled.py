import json
import os
import pathlib
import shutil
import subprocess
import sys

import numba
import pytest

from preprocessing import compiled

CALLED = "import numba\n\n@numba.njit\ndef called(x):\n    return x + {}\n"
CALLER = """
import json
from preprocessing.compiled import compiled
from preprocessing.called import called

@compiled
def caller(x):
    return called(x)

print(json.dumps([caller(1), sum(caller.stats.cache_hits.values())]))
"""


@pytest.fixture
def package(tmp_path, root_dir):
    """A copy of the package with a function that calls one in another file."""
    for name in ("preprocessing", "foundation"):
        shutil.copytree(
            root_dir / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    (tmp_path / "preprocessing" / "caller.py").write_text(CALLER)
    return tmp_path


def call(package, constant, **variables):
    """Returns the result, and how often it came from the cache."""
    source = package / "preprocessing" / "called.py"
    source.write_text(CALLED.format(constant))
    done = subprocess.run(
        [sys.executable, "-B", "-m", "preprocessing.caller"],
        cwd=package,
        env={"PATH": os.environ["PATH"], **variables},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "NUMBA_CACHE_DIR"])
def test_a_change_of_what_is_called_is_compiled_anew(package, variable):
    place = {variable: str(package / "cache")}
    assert call(package, 1, **place) == [2, 0]
    assert call(package, 1, **place) == [2, 1]
    assert call(package, 2, **place) == [3, 0]
    assert call(package, 1, **place) == [2, 1]
    # Nothing is written next to the sources.
    assert not list((package / "preprocessing").glob("**/*.nb?"))


def test_without_room_for_a_cache_it_compiles(package):
    (package / "file").touch()
    place = {"XDG_CACHE_HOME": str(package / "file" / "cache")}
    for constant in (1, 2):
        assert call(package, constant, **place) == [1 + constant, 0]
    assert not list(package.glob("**/*.nb?"))


def test_numba_is_left_as_it_was():
    before = numba.config.CACHE_DIR
    doubled = compiled.compiled(lambda x: 2 * x)
    assert doubled(3) == 6
    assert before == numba.config.CACHE_DIR


def test_the_key_is_of_names_and_contents(tmp_path):
    keys = set()
    for name, text in (("a.py", "1"), ("a.py", "2"), ("b.py", "2")):
        folder = tmp_path / str(len(keys))
        folder.mkdir()
        (folder / name).write_text(text)
        keys.add(compiled.cache_key(str(folder)))
        (folder / "note.txt").write_text("another thing")
        keys.add(compiled.cache_key(str(folder)))
    assert len(keys) == 3


def test_every_kept_function_is_kept_so(root_dir):
    folder = pathlib.Path(root_dir) / "preprocessing"
    own = {
        path.name
        for path in folder.glob("*.py")
        if "cache=True" in path.read_text(encoding="utf-8")
    }
    assert own == {"compiled.py"}
