"""Which model becomes a SavedModel, and what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from absl import flags, logging

from cli import encoder_inputs, model
from foundation import files
from foundation.errors import InputError
from modeling.weights import model_heads
from tasks.question_settings import QuestionSettings
from tasks.tagger_settings import TaggerSettings
from tasks.text_settings import TextSettings

if TYPE_CHECKING:
    from inference.saved_model_task import Exported

# Flags that a fine-tuned folder answers by itself.
_OF_ENCODERS = (
    "bert_config_file",
    "gelu",
    "vocab_file",
    "spm_model_file",
    "do_lower_case",
    "strip_accents",
    "control_characters",
    "max_seq_length",
)
_KINDS = (TaggerSettings, TextSettings, QuestionSettings)


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_string(
        "output_dir",
        None,
        "Receives the SavedModel; a new folder. TensorFlow Serving wants a "
        "number as its name: models/ner/1.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "raw_text",
        True,
        "Write the signature that reads text, with the tokenizer in the "
        "graph. Such a model needs tensorflow-text wherever it runs.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "pairs",
        False,
        "A classifier's raw text is a pair: text and text_b (MedNLI, BIOSSES).",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "encoder_only",
        False,
        "Export the encoder without a head: vectors of pieces and of a text.",
        flag_values=fv,
    )
    encoder_inputs.define(fv, batch_size=None)


def run(fv: flags.FlagValues) -> int:
    """Exports as the flags say; returns the exit code."""
    _check(fv)
    is_encoder = fv.encoder_only or not _is_fine_tuned(fv)
    exported = _encoder(fv) if is_encoder else _task(fv)
    from inference.saved_model import export_saved_model

    facts = export_saved_model(exported, fv.output_dir)
    _tell(fv.output_dir, facts)
    return 0


def _check(fv: flags.FlagValues) -> None:
    for name in ("init_checkpoint", "output_dir"):
        if not fv[name].value:
            raise InputError(
                "there is no model" if "init" in name else "no output folder",
                got=f"no --{name}",
                expected="a folder",
                next_step=f"add --{name}=",
            )
    if files.exists(fv.output_dir):
        raise InputError(
            "the output folder is there already",
            got="a folder or file of that name",
            expected="a new name: nothing is overwritten",
            next_step="choose another --output_dir",
            path=fv.output_dir,
        )
    if fv.precision != "float32":
        raise InputError(
            "saved models compute in float32",
            got=f"--precision={fv.precision}",
            expected="--precision=float32",
            next_step="leave --precision out",
        )
    if fv.pairs and not fv.raw_text:
        raise InputError(
            "--pairs is of raw text",
            got="--pairs with --raw_text=false",
            expected="one of the two",
            next_step="leave --pairs out: token ids are of one text or two",
        )


def _is_fine_tuned(fv: flags.FlagValues) -> bool:
    folder = model.folder_of_checkpoint(fv.init_checkpoint)
    return any(kind.is_in(folder) for kind in _KINDS)


def _task(fv: flags.FlagValues) -> Exported:
    given = [name for name in _OF_ENCODERS if fv[name].present]
    if given:
        raise InputError(
            f"--{given[0]} is for a pretrained model",
            got=f"--{given[0]}={fv[given[0]].value} with the folder of a "
            "fine-tuned one",
            expected="what the folder says of its model",
            next_step=f"leave --{given[0]} out, or add --encoder_only",
        )
    logging.info("Starting TensorFlow.")
    from inference.saved_model import exported_task
    from inference.trained_folder import load_trained

    path = fv.init_checkpoint
    return exported_task(
        load_trained(model.folder_of_checkpoint(path), checkpoint=path),
        with_text=fv.raw_text,
        pairs=fv.pairs,
    )


def _encoder(fv: flags.FlagValues) -> Exported:
    if fv.pairs:
        raise InputError(
            "--pairs is for classifiers",
            got="--pairs with an encoder",
            expected="a classifier",
            next_step="leave --pairs out",
        )
    inputs = encoder_inputs.read(fv)
    logging.info("Files are in order; starting TensorFlow.")
    from inference.layer_outputs import load_encoder
    from inference.saved_model_encoder import ExportedEncoder
    from inference.trained_weights import best_checkpoint, open_checkpoint

    source = open_checkpoint(best_checkpoint(inputs.checkpoint))
    with_pooled = model_heads.has_pooler(source.shapes)
    if not with_pooled:
        logging.info("The checkpoint has no pooler: no pooled_output.")
    encoder = load_encoder(
        inputs.checkpoint,
        inputs.model.config,
        gelu_form=inputs.model.gelu_form,
        needs_pooler=with_pooled,
    )
    return ExportedEncoder(
        encoder,
        inputs.tokenizer,
        max_seq_length=fv.max_seq_length,
        facts={"settings": _settings(fv, inputs)},
        files=_vocabularies(fv, inputs.checkpoint),
        with_text=fv.raw_text,
        with_pooled=with_pooled,
    )


def _settings(
    fv: flags.FlagValues, inputs: encoder_inputs.EncoderInputs
) -> dict[str, Any]:
    return {
        "lower_case": inputs.tokenizer.lower_case,
        "max_seq_length": fv.max_seq_length,
        "vocab_sha256": inputs.tokenizer.vocab_sha256,
    }


def _vocabularies(fv: flags.FlagValues, checkpoint: str) -> list[str]:
    """Returns the vocabulary's path, as far as it is a file of its own."""
    given = fv.spm_model_file or fv.vocab_file
    found = given or model.vocabulary_beside(checkpoint)
    return [found] if found and not files.is_remote(found) else []


def _tell(output_dir: str, facts: dict[str, Any]) -> None:
    print(f"A saved model of the kind {facts['kind']}: {output_dir}")
    for name, of_signature in facts["signatures"].items():
        print(f"  {name}")
        for side in ("inputs", "outputs"):
            shown = ", ".join(
                f"{key} {value}" for key, value in of_signature[side].items()
            )
            print(f"    {side}: {shown}")
