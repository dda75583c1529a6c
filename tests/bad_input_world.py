"""A tiny model, a tiny corpus, and the real script run on them."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence

HIDDEN, INNER, POSITIONS = 32, 64, 64
CONFIG = {
    "vocab_size": 2048,
    "hidden_size": HIDDEN,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": INNER,
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "gelu_form": "tanh",
}
_SENTENCES = 48


@dataclasses.dataclass
class World:
    """A folder with all that a run needs; a test spoils one part of it."""

    root: pathlib.Path
    script: pathlib.Path
    flags: dict[str, str]

    @property
    def data(self) -> pathlib.Path:
        return self.root / "data"

    @property
    def train(self) -> pathlib.Path:
        return self.data / "train.tsv"

    @property
    def vocab(self) -> pathlib.Path:
        return self.root / "vocab.txt"

    @property
    def config(self) -> pathlib.Path:
        return self.root / "bert_config.json"

    @property
    def checkpoint(self) -> pathlib.Path:
        return self.root / "model.ckpt-7"

    @property
    def output(self) -> pathlib.Path:
        return self.root / "out"

    def write_config(self, **changes: object) -> None:
        self.config.write_text(json.dumps({**CONFIG, **changes}))

    def arguments(self, extra: Sequence[str] = ()) -> list[str]:
        flags = [f"--{name}={value}" for name, value in self.flags.items()]
        return [*flags, *extra]


def make_world(
    root: pathlib.Path, *, checkout: pathlib.Path, fixtures: pathlib.Path
) -> World:
    """Makes a folder on which the script runs, but for empty weights."""
    world = World(root, checkout / "run_ner.py", {})
    world.data.mkdir()
    for name in ("train", "devel", "test"):
        text = (fixtures / "ncbi_disease" / f"{name}.tsv").read_text("utf-8")
        sentences = text.split("\n\n")[:_SENTENCES]
        (world.data / f"{name}.tsv").write_text("\n\n".join(sentences) + "\n")
    vocabulary = checkout / "tests/golden/tokenization/vocab_cased_2k.txt"
    world.vocab.write_bytes(vocabulary.read_bytes())
    world.write_config()
    for suffix in (".index", ".data-00000-of-00001"):
        pathlib.Path(f"{world.checkpoint}{suffix}").write_bytes(b"")
    world.flags = {
        "task_name": "ner",
        "data_dir": str(world.data),
        "output_dir": str(world.output),
        "vocab_file": str(world.vocab),
        "bert_config_file": str(world.config),
        "init_checkpoint": str(world.checkpoint),
        "max_seq_length": "64",
        "train_batch_size": "16",
        "num_train_epochs": "1",
        "seed": "1",
    }
    return world


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a process said, and the processor seconds it took."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def error_lines(self) -> list[str]:
        return [x for x in self.err.splitlines() if x.startswith("ERROR:")]


def run_script(
    world: World,
    extra: Sequence[str] = (),
    *,
    in_child: Callable[[], None] | None = None,
) -> Outcome:
    """Runs run_ner.py as a person does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, str(world.script), *world.arguments(extra)],
        capture_output=True,
        check=False,
        cwd=world.root,
        env={**os.environ, "TF_USE_LEGACY_KERAS": "1"},
        preexec_fn=in_child,
        timeout=300,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Outcome(
        done.returncode,
        done.stdout.decode("utf-8"),
        done.stderr.decode("utf-8"),
        after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime,
    )


def weights() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the encoder of `CONFIG`."""
    h, i, layer = HIDDEN, INNER, "bert/encoder/layer_0"
    shapes: dict[str, tuple[int, ...]] = {
        "bert/embeddings/word_embeddings": (2048, h),
        "bert/embeddings/token_type_embeddings": (2, h),
        "bert/embeddings/position_embeddings": (POSITIONS, h),
        "bert/pooler/dense/kernel": (h, h),
        "bert/pooler/dense/bias": (h,),
    }
    for place, rows, columns in (
        ("attention/self/query", h, h),
        ("attention/self/key", h, h),
        ("attention/self/value", h, h),
        ("attention/output/dense", h, h),
        ("intermediate/dense", h, i),
        ("output/dense", i, h),
    ):
        shapes[f"{layer}/{place}/kernel"] = (rows, columns)
        shapes[f"{layer}/{place}/bias"] = (columns,)
    for place in (
        "bert/embeddings",
        f"{layer}/attention/output",
        f"{layer}/output",
    ):
        shapes[f"{place}/LayerNorm/gamma"] = (h,)
        shapes[f"{place}/LayerNorm/beta"] = (h,)
    return shapes


def write_checkpoint(
    path: pathlib.Path, shapes: dict[str, tuple[int, ...]] | None = None
) -> None:
    """Writes a TF1 checkpoint with small numbers."""
    import numpy as np
    import tensorflow as tf

    from modeling.weights import tf1

    generator = np.random.default_rng(0)
    tf1.write_bundle(
        str(path),
        {
            name: tf.constant(generator.normal(0, 0.02, shape), tf.float32)
            for name, shape in (shapes or weights()).items()
        },
    )
