"""Models by hf:// paths, from a hub on this machine."""

from __future__ import annotations

import pathlib
import shutil
import sys

import pytest

from foundation.errors import InputError
from modeling.weights import hub, hub_weights
from modeling.weights.hub_files import wanted_files
from modeling.weights.huggingface import open_huggingface
from tests.hub_server import COMMIT, serving

REPOSITORY = "lab/tiny-bert"
PATH = f"hf://{REPOSITORY}"


@pytest.fixture
def folder(tmp_path, fixtures_dir) -> pathlib.Path:
    """A repository with more in it than a model needs."""
    target = tmp_path / "repository"
    shutil.copytree(fixtures_dir / "huggingface/bert_tiny", target)
    (target / "onnx").mkdir()
    for name in (
        "README.md",
        "pytorch_model.bin",
        "tf_model.h5",
        "model.ckpt-5.index",
        "onnx/config.json",
        "tokenizer.json",
        "training_args.bin",
    ):
        (target / name).write_text("not to be fetched")
    (target / "vocab.txt").write_text("[PAD]\n")
    (target / "tokenizer_config.json").write_text("{}")
    return target


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """Each test asks the hub anew, with no token and no mirror."""
    hub._found.clear()
    for name in ("HF_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


def test_other_paths_stay_as_they_are():
    for path in ("/a/model.ckpt-5", "gs://b/c", "folder", "hf/owner/name"):
        assert hub.local_checkpoint(path) == path
        assert hub.pinned(path) == path


def test_what_is_needed_is_fetched_once_and_is_there_offline(folder, tmp_path):
    cache = str(tmp_path / "cache")
    with serving(folder, REPOSITORY) as server:
        found = hub.local_checkpoint(PATH, endpoint=server.url, cache_dir=cache)
        assert sorted(p.name for p in pathlib.Path(found).iterdir()) == [
            "config.json",
            "model.safetensors",
            "tokenizer_config.json",
            "vocab.txt",
        ]
        assert open_huggingface(found).shapes
        assert pathlib.Path(found).name == COMMIT
        hub._found.clear()
        server.asked.clear()
        again = hub.local_checkpoint(PATH, endpoint=server.url, cache_dir=cache)
        assert again == found
        fetched = [line for line in server.asked if "GET /lab" in line]
        assert fetched == []
        url = server.url
    for path in (PATH, f"{PATH}@main", f"{PATH}@{COMMIT}"):
        hub._found.clear()
        gone = hub.local_checkpoint(path, endpoint=url, cache_dir=cache)
        assert gone == found


def test_an_interrupted_download_goes_on(folder, tmp_path, monkeypatch):
    from huggingface_hub import constants

    # The library writes whole chunks; of 10 MB, and then the tests' files
    # would have none.
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 500)
    monkeypatch.setattr("time.sleep", lambda *_: None)
    cache = str(tmp_path / "cache")
    with serving(folder, REPOSITORY) as server:
        server.stops_after, server.always_stops = 2000, True
        with pytest.raises(InputError, match="goes on where it stopped"):
            hub.local_checkpoint(PATH, endpoint=server.url, cache_dir=cache)
        server.stops_after = None
        server.ranges.clear()
        found = hub.local_checkpoint(PATH, endpoint=server.url, cache_dir=cache)
        assert server.ranges == ["bytes=2000-"]
    original = (folder / "model.safetensors").read_bytes()
    assert (pathlib.Path(found) / "model.safetensors").read_bytes() == original
    assert not list((tmp_path / "cache").rglob("*.part*"))


def test_a_damaged_part_is_noticed_and_fetched_anew(folder, tmp_path):
    cache = tmp_path / "cache"
    with serving(folder, REPOSITORY) as server:
        found = hub.local_checkpoint(
            PATH, endpoint=server.url, cache_dir=str(cache)
        )
        link = pathlib.Path(found) / "model.safetensors"
        blob = link.resolve()
        part = blob.with_name(blob.name + hub_weights._PART)
        blob.rename(part)
        link.unlink()
        part.write_bytes(b"x" * 100)
        hub._found.clear()
        with pytest.raises(InputError, match="damaged on its way"):
            hub.local_checkpoint(
                PATH, endpoint=server.url, cache_dir=str(cache)
            )
        hub.local_checkpoint(PATH, endpoint=server.url, cache_dir=str(cache))
    assert blob.read_bytes() == (folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("hf://lab/nothing", "no such model .* or it is private"),
        (f"{PATH}@v9", "no such revision"),
        ("hf://closed/model", "only for people whom its authors let in"),
        ("hf://bert-base-uncased", "BERT's owner is google-bert"),
        (f"{PATH}/model.safetensors", "expected hf://owner/name"),
        ("hf://../x", "not the name of a model"),
    ],
)
def test_what_cannot_be_had_is_told_in_one_line(
    folder, tmp_path, path, message
):
    with (
        serving(folder, REPOSITORY) as server,
        pytest.raises(InputError, match=message) as told,
    ):
        hub.local_checkpoint(
            path, endpoint=server.url, cache_dir=str(tmp_path / "cache")
        )
    assert "\n" not in str(told.value)


def test_no_network_and_nothing_in_the_cache(tmp_path):
    with pytest.raises(InputError, match="the hub cannot be reached"):
        hub.local_checkpoint(
            PATH,
            endpoint="http://127.0.0.1:9",  # the port of nobody
            cache_dir=str(tmp_path),
        )


def test_the_library_is_asked_for_by_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(InputError, match=r"pip install '\.\[hub\]'"):
        hub.local_checkpoint(PATH)


@pytest.mark.parametrize(
    ("names", "weights", "others"),
    [
        (
            ["pytorch_model.bin", "config.json", "vocab.txt", "flax.msgpack"],
            ["pytorch_model.bin"],
            ["config.json", "vocab.txt"],
        ),
        (
            [
                "model.safetensors.index.json",
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "pytorch_model.bin",
                "config.json",
                "spiece.model",
                "tokenizer.json",
            ],
            [
                "model.safetensors.index.json",
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
            ],
            ["config.json", "spiece.model"],
        ),
        (
            [
                "bert_model.ckpt.index",
                "bert_model.ckpt.data-00000-of-00001",
                "bert_model.ckpt.meta",
                "bert_config.json",
                "vocab.txt",
            ],
            ["bert_model.ckpt.index", "bert_model.ckpt.data-00000-of-00001"],
            ["bert_config.json", "vocab.txt"],
        ),
        (
            ["model.safetensors", "config.json", "tokenizer.json"],
            ["model.safetensors"],
            ["config.json", "tokenizer.json"],
        ),
    ],
)
def test_one_kind_of_weights_is_chosen(names, weights, others):
    wanted = wanted_files(names, PATH)
    assert sorted(wanted.weights) == sorted(weights)
    assert wanted.others == others


def test_weights_of_other_frameworks_are_named():
    with pytest.raises(InputError, match=r"only tf_model\.h5"):
        wanted_files(["tf_model.h5", "config.json"], PATH)
