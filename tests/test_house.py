"""The rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys

import pytest

PACKAGES = (
    "cli",
    "conversion",
    "evaluation",
    "foundation",
    "inference",
    "modeling",
    "preprocessing",
    "reporting",
    "tasks",
    "training",
)
# Importing one of these must not cost five seconds and 700 MB.
LIGHT_PACKAGES = ("cli", "evaluation", "foundation", "preprocessing", "tasks")
LONGEST_FILE = 300  # lines; a top-level script or a corpus file is shorter
LONGEST_SCRIPT = 150
LONGEST_CORPUS = 60
LONGEST_FUNCTION = 40  # lines, without its docstring
GRAB_BAGS = {"utils", "util", "common", "helpers", "helper", "misc", "lib"}
# Opening a file is foundation.files' business, with one way to name errors.
OPENING_MODULES = {"bz2", "codecs", "gzip", "io", "lzma", "tarfile"}


@pytest.fixture(scope="module")
def modules(root_dir, tracked):
    """Maps each Python file to its syntax tree."""
    return {
        name: ast.parse((root_dir / name).read_bytes(), filename=name)
        for name in tracked
        if name.endswith(".py")
    }


def is_library(name):
    return name.split("/")[0] in PACKAGES or "/" not in name


def test_no_file_is_a_grab_bag(tracked):
    stems = {name: name.split("/")[-1].split(".")[0] for name in tracked}
    assert [n for n, stem in stems.items() if stem in GRAB_BAGS] == []


def test_files_stay_short(root_dir, tracked):
    def longest(name):
        if name.startswith("tasks/corpora/"):
            return LONGEST_CORPUS
        return LONGEST_FILE if "/" in name else LONGEST_SCRIPT

    lengths = {
        name: len((root_dir / name).read_bytes().splitlines())
        for name in tracked
        if name.endswith(".py") and not name.startswith("tests/")
    }
    assert {n: k for n, k in lengths.items() if k > longest(n)} == {}


def test_functions_stay_short(modules):
    long = [
        f"{name}:{node.lineno} {node.name}: {lines_of_code(node)} lines"
        for name, module in modules.items()
        if not name.startswith("tests/")
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef)
        and lines_of_code(node) > LONGEST_FUNCTION
    ]
    assert long == []


def lines_of_code(function):
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= docstring.end_lineno - docstring.lineno + 1
    return lines


def test_files_are_opened_in_one_place(modules):
    places = [
        f"{name}:{node.lineno}"
        for name, module in modules.items()
        if not name.startswith(("tests/", "benchmarks/"))
        and name != "foundation/files.py"
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and opens_a_file(node.func)
    ]
    assert places == [], "use foundation.files"


def opens_a_file(function):
    if isinstance(function, ast.Name):
        return function.id == "open"
    if not isinstance(function, ast.Attribute):
        return False
    if function.attr in {"write_text", "write_bytes"}:
        return True
    owner = function.value
    return (
        function.attr == "open"
        and isinstance(owner, ast.Name)
        and owner.id in OPENING_MODULES
    )


def test_heavy_imports_wait_until_they_are_needed(modules):
    early = [
        f"{name}:{node.lineno}"
        for name, module in modules.items()
        if name.split("/")[0] in LIGHT_PACKAGES
        for node in module.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        and imported_root(node) in {"tensorflow", "tf_keras", "orbit"}
    ]
    assert early == []


def imported_root(node):
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0]
    return node.names[0].name.split(".")[0]


def test_only_cli_and_the_scripts_see_flags(modules):
    places = [
        f"{name}:{node.lineno}"
        for name, module in modules.items()
        if name.split("/")[0] in set(PACKAGES) - {"cli"}
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and imported_names(node) & {"absl.flags", "absl.app"}
    ]
    assert places == []


def imported_names(node):
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    return {f"{node.module}.{alias.name}" for alias in node.names} | {
        node.module
    }


def test_light_packages_come_without_tensorflow(root_dir, modules):
    names = sorted(
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in modules
        if name.split("/")[0] in LIGHT_PACKAGES
    )
    program = (
        f"import importlib, sys\nfor name in {names}:\n"
        "    importlib.import_module(name)\n"
        "    if 'tensorflow' in sys.modules:\n"
        "        sys.exit(name + ' imports TensorFlow')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root_dir,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_top_level_scripts_do_nothing_when_imported(modules):
    for name, module in modules.items():
        if "/" in name:
            continue
        last = module.body[-1]
        assert isinstance(last, ast.If), name
        assert ast.unparse(last.test) == "__name__ == '__main__'", name


def test_shell_scripts_parse(root_dir, tracked):
    scripts = [n for n in tracked if n.endswith(".sh")] + [".ci/run"]
    for name in scripts:
        subprocess.run(["bash", "-n", name], cwd=root_dir, check=True)


def test_ci_calls_make_test_and_nothing_else(root_dir):
    lines = (root_dir / ".ci" / "run").read_text("utf-8").splitlines()
    commands = [
        line
        for line in lines
        if line and not line.startswith(("#", "set ", "cd "))
    ]
    assert commands == ["make test"]


def test_every_locked_package_is_pinned(root_dir):
    for kind in ("", "-weights", "-beam", "-huggingface"):
        lock = root_dir / f"requirements{kind}.lock"
        for line in lock.read_text("utf-8").splitlines():
            if not line.startswith("#"):
                assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", line), line


def test_every_package_is_declared(root_dir, tracked):
    project = (root_dir / "pyproject.toml").read_text("utf-8")
    listed = re.search(r"^packages = \[(.*?)\]", project, re.S | re.M).group(1)
    declared = set(re.findall('"([^"]+)"', listed))
    present = {
        name.rpartition("/")[0].replace("/", ".")
        for name in tracked
        if name.endswith("__init__.py") and name.split("/")[0] in PACKAGES
    }
    assert present == declared


def test_the_lock_holds_what_the_project_asks_for(root_dir):
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 lacks it")
    project = tomllib.loads((root_dir / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = project["project"]["dependencies"] + extras["dev"]
    lock = (root_dir / "requirements.lock").read_text("utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    names = {re.match(r"[\w.-]+", line).group() for line in wanted}
    assert names - locked == set(), "run `make lock`"
    for extra in ("beam", "huggingface"):
        lock = (root_dir / f"requirements-{extra}.lock").read_text("utf-8")
        locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
        names = {re.match(r"[\w.-]+", line).group() for line in extras[extra]}
        assert names - locked == set(), "run `make lock`"
