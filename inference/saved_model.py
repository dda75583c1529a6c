"""A model -> a SavedModel with two signatures.

`token_ids` takes rows of ids; `serving_default` takes raw text, with the
tokenizer in the graph (docs/serving.md). Both take batches of any size and
length: each is traced once. Weights are float32 and stored once.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from foundation import files
from foundation.errors import InputError
from foundation.temporary_names import temporary_name
from inference.saved_model_questions import ExportedSpans, ExportedYesNo
from inference.saved_model_tags import ExportedTags
from inference.saved_model_task import Exported, ExportedTask
from inference.saved_model_texts import ExportedChoice, ExportedTexts
from inference.trained_folder import TrainedFolder
from preprocessing.features import INPUT_SPECS

FORMAT = 1  # of biobert_kit.json
KIT_FILE = "biobert_kit.json"
IDS, TEXT = "token_ids", "serving_default"  # names of the signatures
_PAIRED = ("classes", "labels", "score")


def exported_task(
    trained: TrainedFolder, *, with_text: bool = True, pairs: bool = False
) -> ExportedTask:
    """Returns what a fine-tuned model's signatures compute.

    Args:
      trained: of `load_trained`.
      with_text: whether raw text is read, too.
      pairs: whether a classifier reads two texts.

    Raises:
      InputError: the model cannot be exported so.
    """
    if pairs and trained.kind not in _PAIRED:
        raise InputError(
            "--pairs is for classifiers",
            got=f"a model of the kind {trained.kind}",
            expected=f"one of the kinds {', '.join(_PAIRED)}",
            next_step="leave --pairs out",
            path=trained.folder,
        )
    if trained.kind in _PAIRED:
        return ExportedTexts(trained, with_text=with_text, pairs=pairs)
    kinds: Mapping[str, type[ExportedTask]] = {
        "tagging": ExportedTags,
        "choice": ExportedChoice,
        "span": ExportedSpans,
        "yesno": ExportedYesNo,
    }
    return kinds[trained.kind](trained, with_text=with_text)


def export_saved_model(exported: Exported, output_dir: str) -> dict[str, Any]:
    """Writes a SavedModel; returns what its biobert_kit.json says.

    Args:
      exported: of `exported_task`, or an encoder.
      output_dir: a new folder.

    Raises:
      InputError: the folder is there.
    """
    check_new(output_dir)
    signatures = build_signatures(exported)
    facts = describe(exported, signatures)
    with tempfile.TemporaryDirectory() as folder:
        kit_file = files.join(folder, KIT_FILE)
        with files.write_atomically(kit_file) as file:
            json.dump(facts, file, indent=2, ensure_ascii=False)
            file.write("\n")
        exported.assets = [
            tf.saved_model.Asset(path) for path in (kit_file, *exported.files)
        ]
        _save(exported, output_dir, signatures)
    return facts


def check_new(output_dir: str) -> None:
    """Raises InputError where something is there already."""
    if files.exists(output_dir):
        raise InputError(
            "the output folder is there already",
            got="a folder or file of that name",
            expected="a new name: nothing is overwritten",
            next_step="choose another --output_dir (TensorFlow Serving reads "
            "numbered folders: models/ner/1, models/ner/2)",
            path=output_dir,
        )


def build_signatures(exported: Exported) -> dict[str, Any]:
    """Returns functions by the signature's name, each traced once."""
    spec = tf.TensorSpec([None, None], tf.int32)
    inputs = {each.name: spec for each in INPUT_SPECS}
    signatures = {IDS: _concrete(exported.ids, inputs)}
    if exported.reads_text:
        signatures[TEXT] = _concrete(exported.text, exported.text_inputs)
    return signatures


def _concrete(
    compute: Callable[..., Any], inputs: Mapping[str, tf.TensorSpec]
) -> Any:
    named = {
        name: tf.TensorSpec(spec.shape, spec.dtype, name=name)
        for name, spec in inputs.items()
    }
    return tf.function(compute, autograph=False).get_concrete_function(**named)


def describe(
    exported: Exported, signatures: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns what biobert_kit.json tells a client of the model."""
    return {
        "format": FORMAT,
        "tensorflow": tf.__version__,
        **exported.facts,
        "signatures": {
            name: {
                "inputs": _described(function.structured_input_signature[1]),
                "outputs": _described(function.structured_outputs),
            }
            for name, function in signatures.items()
        },
    }


def _described(specs: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: f"{spec.dtype.name} {list(spec.shape)}"
        for name, spec in sorted(specs.items())
    }


def _save(
    exported: Exported, output_dir: str, signatures: Mapping[str, Any]
) -> None:
    """Writes under another name first: a folder is whole, or not there."""
    output_dir = output_dir.rstrip("/")
    parent = output_dir.rpartition("/")[0]
    if parent:
        files.make_directory(parent)
    unfinished = temporary_name(output_dir)
    try:
        tf.saved_model.save(exported, unfinished, signatures=dict(signatures))
        files.rename(unfinished, output_dir)
    except BaseException:
        if not files.is_remote(unfinished):
            shutil.rmtree(unfinished, ignore_errors=True)
        raise
