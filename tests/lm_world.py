"""Tiny records and models, and run_pretraining.py's flags for them.

TensorFlow is not imported: what is tested here ends before it would be.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil
from collections.abc import Callable
from typing import Any
from unittest import mock

from absl import flags

import create_pretraining_data
import run_pretraining
from cli import lm_run

ROOT = pathlib.Path(__file__).resolve().parent.parent
VOCABULARIES = ROOT / "tests" / "golden" / "tokenization"
SEQ_LENGTH, PREDICTIONS = 64, 10
_SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
    "type_vocab_size": 2,
    "gelu_form": "tanh",
}
CONFIGS: dict[str, dict[str, Any]] = {
    "bert": {"vocab_size": 2048, **_SIZES},
    "albert": {"vocab_size": 2000, "embedding_size": 16, **_SIZES},
}
_VOCABULARY_FLAGS = {
    "bert": {"vocab_file": "vocab_uncased_2k.txt"},
    "albert": {"spm_model_file": "spm_2k.model"},
}


class StartError(Exception):
    """All checks were passed: TensorFlow would be imported now."""

    def __init__(self, options: Any) -> None:
        super().__init__("Files are in order; starting TensorFlow.")
        self.options = options


def vocabulary_flags(family: str) -> dict[str, pathlib.Path]:
    """Returns the flag that names the family's vocabulary."""
    return {
        flag: VOCABULARIES / name
        for flag, name in _VOCABULARY_FLAGS[family].items()
    }


def make_records(folder: pathlib.Path, family: str, **values: object) -> None:
    """Makes two files of records of the sample corpus, as a person does."""
    given = {
        "family": family,
        "input_file": ROOT / "tests/fixtures/sample_corpus/abstracts.txt",
        "output_file": f"{folder}/a.tfrecord,{folder}/b.tfrecord",
        "max_seq_length": SEQ_LENGTH,
        "max_predictions_per_seq": PREDICTIONS,
        "dupe_factor": 1,
        **vocabulary_flags(family),
        **values,
    }
    fv = flags.FlagValues()
    create_pretraining_data.define_flags(fv)
    shown = {name: v for name, v in given.items() if v is not None}
    fv(["create", *(f"--{name}={value}" for name, value in shown.items())])
    with mock.patch.object(flags, "FLAGS", fv):
        assert create_pretraining_data.main([]) == 0


@dataclasses.dataclass
class World:
    """A folder with records and a config; a test spoils one part of it."""

    root: pathlib.Path
    family: str
    flags: dict[str, object]

    @property
    def records(self) -> pathlib.Path:
        return self.root / "records"

    @property
    def manifest(self) -> pathlib.Path:
        return self.records / "manifest.json"

    @property
    def config(self) -> pathlib.Path:
        return self.root / "config.json"

    @property
    def output(self) -> pathlib.Path:
        return self.root / "out"

    def write_config(self, **changes: object) -> None:
        """Writes the config, with other values for some keys."""
        self.config.write_text(
            json.dumps({**CONFIGS[self.family], **changes}), encoding="utf-8"
        )

    def change_set(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Changes the one set of records in the manifest."""
        value = json.loads(self.manifest.read_bytes())
        change(value["record_sets"][0])
        self.manifest.write_text(json.dumps(value), encoding="utf-8")

    def arguments(self, **values: object) -> list[str]:
        """Returns a command line; None leaves a flag out."""
        given = {**self.flags, **values}
        return [
            f"--{name}={str(v).lower() if isinstance(v, bool) else v}"
            for name, v in given.items()
            if v is not None
        ]

    def parsed(self, **values: object) -> flags.FlagValues:
        """Returns the script's flags."""
        return parsed(*self.arguments(**values))

    def run(self, **values: object) -> int:
        """Runs the script up to where TensorFlow would be imported.

        Raises:
          StartError: all was in order.
          InputError: it was not.
        """

        def start(options: Any) -> None:
            raise StartError(options)

        with mock.patch.object(lm_run, "_start", start):
            return lm_run.run_all(self.parsed(**values))


def parsed(*arguments: str) -> flags.FlagValues:
    """Returns run_pretraining.py's flags from a command line."""
    fv = flags.FlagValues()
    run_pretraining.define_flags(fv)
    fv(["run_pretraining.py", *arguments])
    return fv


def make_world(
    root: pathlib.Path, family: str, *, records: pathlib.Path
) -> World:
    """Makes a folder on which the script runs, with a copy of records."""
    world = World(root, family, {})
    root.mkdir(exist_ok=True)
    shutil.copytree(records, world.records)
    world.write_config()
    world.flags = {
        "do_train": True,
        "input_file": f"{world.records}/*.tfrecord",
        "output_dir": world.output,
        "bert_config_file": world.config,
        "max_seq_length": SEQ_LENGTH,
        "max_predictions_per_seq": PREDICTIONS,
        "train_batch_size": 8,
        "num_train_steps": 20,
        "num_warmup_steps": 2,
        "learning_rate": 1e-4,
        "seed": 1,
        **vocabulary_flags(family),
    }
    return world
