"""Compiled functions: when they are compiled anew, and when not."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

import numba
import pytest

from preprocessing import compiled

CALLED = """
from preprocessing.compiled import inlined

@inlined
def called(x):
    return x + {}
"""
CALLER = """
import json, sys
from preprocessing.compiled import compiled
from preprocessing.called import called

@compiled
def caller(x):
    return called(x)

result = caller(1)
print(json.dumps([result, "numba" in sys.modules]))
if sys.argv[1:] == ["hits"]:
    print(sum(caller.dispatcher.stats.cache_hits.values()))
"""
# Runs the script as a person does, then says whether numba was imported.
SCRIPT = """
import runpy, sys
try:
    runpy.run_path("create_pretraining_data.py", run_name="__main__")
except SystemExit as stop:
    print(f"{'numba' in sys.modules} {stop.code}")
"""

needs_linker = pytest.mark.skipif(
    not shutil.which("cc") or not sys.platform.startswith("linux"),
    reason="libraries are made with a C compiler's linker, on Linux",
)


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
    change(tmp_path, 1)
    return tmp_path


def change(package, constant):
    source = package / "preprocessing" / "called.py"
    source.write_text(CALLED.format(constant))


def call(package, *words, **variables):
    """Returns what a process prints: the result, whether numba was there."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "preprocessing.caller", *words],
        cwd=package,
        env={"PATH": os.environ["PATH"], **variables},
        check=True,
        capture_output=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def libraries(package):
    return sorted((package / "cache").glob("**/*.so"))


@needs_linker
@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "NUMBA_CACHE_DIR"])
def test_a_change_of_what_is_called_is_compiled_anew(package, variable):
    place = {variable: str(package / "cache")}
    assert call(package, **place) == [[2, True]]
    assert call(package, **place) == [[2, False]]
    change(package, 2)
    assert call(package, **place) == [[3, True]]
    change(package, 1)
    assert call(package, **place) == [[2, False]]
    # Nothing is written next to the sources.
    assert not list((package / "preprocessing").glob("**/*.nb?"))
    assert not list((package / "preprocessing").glob("**/*.so"))


def test_without_a_linker_numba_keeps_what_it_compiles(package):
    place = {"XDG_CACHE_HOME": str(package / "cache"), "PATH": ""}
    assert call(package, "hits", **place) == [[2, True], 0]
    assert call(package, "hits", **place) == [[2, True], 1]
    change(package, 2)
    assert call(package, "hits", **place) == [[3, True], 0]
    assert not libraries(package)


@needs_linker
def test_what_numba_has_kept_becomes_a_library_later(package):
    place = {"XDG_CACHE_HOME": str(package / "cache")}
    call(package, **place, PATH="")
    assert call(package, "hits", **place) == [[2, True], 1]
    assert call(package, **place) == [[2, False]]


@needs_linker
@pytest.mark.parametrize("left", [0, 64, 5000])
def test_a_library_that_was_cut_is_made_again(package, left):
    place = {"XDG_CACHE_HOME": str(package / "cache")}
    call(package, **place)
    (library,) = libraries(package)
    whole = library.read_bytes()
    library.write_bytes(whole[:left])
    assert call(package, **place) == [[2, True]]
    assert library.read_bytes() == whole
    assert call(package, **place) == [[2, False]]


@needs_linker
def test_processes_may_begin_at_once(package):
    place = {"XDG_CACHE_HOME": str(package / "cache")}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(call, package, **place) for _ in range(4)]
        assert [future.result()[0][0] for future in futures] == [2] * 4
    (library,) = libraries(package)
    assert not list(library.parent.glob("tmp*"))
    assert call(package, **place) == [[2, False]]


def test_a_folder_that_others_can_write_to_is_not_used(package):
    place = {"XDG_CACHE_HOME": str(package / "cache")}
    call(package, **place)
    (folder,) = (package / "cache" / "biobert-kit").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(folder)
    folder.mkdir()
    folder.chmod(0o770)
    assert call(package, "hits", **place) == [[2, True], 0]
    assert not list(folder.iterdir())


def test_a_folder_of_another_user_is_not_used(tmp_path, monkeypatch):
    state = tmp_path.stat()
    assert compiled._is_ours(state)
    monkeypatch.setattr(os, "getuid", lambda: state.st_uid + 1)
    assert not compiled._is_ours(state)


def test_without_room_for_a_cache_it_compiles(package):
    (package / "file").touch()
    place = {"XDG_CACHE_HOME": str(package / "file" / "cache")}
    for constant in (1, 2):
        change(package, constant)
        assert call(package, "hits", **place) == [[1 + constant, True], 0]
    assert not list(package.glob("**/*.nb?"))


def test_numba_can_be_told_not_to_compile(package):
    place = {"XDG_CACHE_HOME": str(package / "cache")}
    assert call(package, **place, NUMBA_DISABLE_JIT="1") == [[2, True]]
    assert not libraries(package)


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


def test_the_key_is_of_settings_and_processor(tmp_path, monkeypatch):
    keys = {compiled.cache_key(str(tmp_path))}
    monkeypatch.setenv("NUMBA_OPT", "0")
    keys.add(compiled.cache_key(str(tmp_path)))
    monkeypatch.setattr(compiled, "_processor", lambda: "another")
    keys.add(compiled.cache_key(str(tmp_path)))
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("settings", "num_keys"),
    [
        ({}, 2),
        ({"NAME": "x86-64-v3"}, 2),  # with features of the processor here
        ({"NAME": "x86-64-v3", "FEATURES": ""}, 1),
        ({"NAME": "x86-64-v3", "FEATURES": "+adx"}, 1),
    ],
)
def test_an_image_is_compiled_for_any_processor(
    tmp_path, monkeypatch, settings, num_keys
):
    for name in ("NAME", "FEATURES"):
        monkeypatch.delenv(f"NUMBA_CPU_{name}", raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(f"NUMBA_CPU_{name}", value)
    keys = set()
    for model in ("85", "143"):
        cpuinfo = tmp_path / "cpuinfo"
        cpuinfo.write_text(f"model\t\t: {model}\n\nmodel\t\t: {model}\n")
        monkeypatch.setattr(compiled, "_CPUINFO", str(cpuinfo))
        compiled._processor.cache_clear()
        keys.add(compiled.cache_key(str(tmp_path)))
    compiled._processor.cache_clear()
    assert len(keys) == num_keys


def test_nothing_else_knows_numba(root_dir):
    folder = pathlib.Path(root_dir) / "preprocessing"
    users = {
        path.name
        for path in folder.glob("*.py")
        if "import numba" in path.read_text(encoding="utf-8")
        or "from numba" in path.read_text(encoding="utf-8")
    }
    assert users == {"compiled.py", "native_libraries.py"}


@needs_linker
@pytest.mark.slow
@pytest.mark.parametrize(
    ("flag", "name"),
    [
        ("vocab_file", "vocab_uncased_2k.txt"),
        ("spm_model_file", "spm_2k.model"),
    ],
)
def test_a_run_does_without_numba_where_all_is_compiled(
    tmp_path, root_dir, golden_dir, flag, name
):
    text = root_dir / "tests" / "fixtures" / "sample_corpus" / "abstracts.txt"
    for attempt in range(2):
        arguments = [
            f"--input_file={text}",
            f"--output_file={tmp_path / str(attempt)}.tfrecord",
            f"--{flag}={golden_dir / 'tokenization' / name}",
        ]
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *arguments],
            cwd=root_dir,
            check=True,
            capture_output=True,
            text=True,
        )
    # The first one had all that was not in this user's cache compiled.
    assert done.stdout.splitlines()[-1] == "False 0"
