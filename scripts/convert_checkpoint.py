"""Converts a model between TF1 checkpoints and Hugging Face folders.

  python scripts/convert_checkpoint.py \
    --from=$BIOBERT_DIR/model.ckpt-1000000 --to=outputs/biobert-hf
  python scripts/convert_checkpoint.py \
    --from=outputs/ncbi --to=outputs/ncbi-hf
  python scripts/convert_checkpoint.py \
    --from=bio_clinicalbert_hf --to=outputs/bio_clinicalbert

The first makes a Hugging Face folder of BioBERT, heads of pretraining
included; the second one of a tagger that run_ner.py has trained: `pipeline(
"ner", "outputs/ncbi-hf")` reads it. The third makes a TF1 checkpoint that
Google's own scripts read. BERT and ALBERT; PyTorch is not needed.

Weights, config, tokenizer, labels and a model card are written, then read
back: the largest difference of the logits on 200 sentences is printed and
stands in conversion.json. What the new form cannot hold is named, or refused.
docs/checkpoints.md tells what each form holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from absl import flags

from cli import entry, tokenizer
from foundation.errors import InputError
from modeling.config import GELU_FORMS
from modeling.weights.model_heads import KINDS

if TYPE_CHECKING:
    from conversion.found_model import ModelChoice

_STRINGS = {
    "from": (
        None,
        "A TF1 checkpoint (its prefix, one of its files or its folder), the "
        "--output_dir of a training run, a Hugging Face folder or hf://name.",
    ),
    "to": (
        None,
        "Where to write: a folder, or for TF1 a prefix with .ckpt in its name.",
    ),
    "bert_config_file": (
        None,
        "The model's config. Not given: the one beside the weights.",
    ),
    "license": (None, "For the model card, as Hugging Face spells licences."),
    "data_license": (
        None,
        "For the model card: under what terms the model's texts are.",
    ),
}
_BOOLEANS = {
    "drop_optimizer": (
        False,
        "Leave out the optimizer's slots and the step: a third of the size. "
        "(A Hugging Face folder never has them.)",
    ),
    "drop_crf": (
        False,
        "Export a tagger with a CRF without it. Its labels are others then.",
    ),
    "allow_loss": (
        False,
        "Leave out tensors that the new form has no place for, and name them.",
    ),
    "clinical_notes": (
        True,
        "Whether the model may have learned from clinical notes: its card "
        "then says that it must not be published.",
    ),
    "overwrite_output": (False, "Replace files that are there."),
    "debug": (False, "Show the stack trace of an error."),
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    # `module_name`: where cli.usage looks for a script's own.
    own: dict[str, Any] = {"flag_values": fv, "module_name": "__main__"}
    for name, (text, told) in _STRINGS.items():
        flags.DEFINE_string(name, text, told, **own)
    flags.DEFINE_alias("albert_config_file", "bert_config_file", fv)
    flags.DEFINE_enum(
        "to_format",
        None,
        ["tf1", "huggingface"],
        "Not given: a Hugging Face folder becomes a TF1 checkpoint and the "
        "other way round; a --to with .ckpt in its name is TF1.",
        **own,
    )
    flags.DEFINE_enum(
        "head",
        None,
        list(KINDS),
        "What stands on the encoder. Not given: as the files say.",
        **own,
    )
    flags.DEFINE_enum(
        "gelu",
        "auto",
        ["auto", *GELU_FORMS],
        'What hidden_act "gelu" means. auto: by the model\'s origin.',
        **own,
    )
    flags.DEFINE_integer(
        "pretraining_length",
        None,
        "For the model card: pieces of the longest rows in pretraining.",
        lower_bound=1,
        **own,
    )
    for name, (value, told) in _BOOLEANS.items():
        flags.DEFINE_boolean(name, value, told, **own)
    tokenizer.define(fv, defaults={})


def main(_: Sequence[str]) -> None:
    """Converts as the command line says."""
    run(flags.FLAGS)


def run(fv: flags.FlagValues) -> None:
    """Converts as the flags say; prints the report.

    Raises:
      InputError: something cannot be read, is not known, or would be lost.
    """
    for name in ("from", "to"):
        if not fv[name].value:
            raise InputError(
                f"--{name} is missing",
                got="no value",
                expected="a checkpoint or a folder",
                next_step=f"add --{name}=",
            )
    from conversion.conversion import ConversionOptions, convert
    from conversion.model_card import CardFacts

    options = ConversionOptions(
        target_format=fv.to_format,
        drop_optimizer=fv.drop_optimizer,
        drop_crf=fv.drop_crf,
        allow_loss=fv.allow_loss,
        overwrite=fv.overwrite_output,
        card=CardFacts(
            clinical_notes=fv.clinical_notes,
            license=fv.license,
            data_license=fv.data_license,
            pretraining_length=fv.pretraining_length,
        ),
    )
    report = convert(fv["from"].value, fv.to, options, choice=_choice(fv))
    print(report.text())


def _choice(fv: flags.FlagValues) -> ModelChoice:
    """Returns what the flags say of the source."""
    from conversion.found_model import ModelChoice
    from conversion.found_tokenizer import TokenizerChoice

    pieces = tokenizer.read(fv)
    return ModelChoice(
        config_file=fv.bert_config_file,
        gelu_form=None if fv.gelu == "auto" else fv.gelu,
        head=fv.head,
        tokenizer=TokenizerChoice(
            vocabulary=pieces.spm_model_file or pieces.vocab_file,
            lower_case=pieces.do_lower_case,
            strip_accents=pieces.strip_accents,
            control_characters=pieces.control_characters
            if pieces.control_characters_given
            else None,
        ),
    )


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
