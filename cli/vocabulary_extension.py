"""Words that become pieces: which, how many, where they go."""

from __future__ import annotations

from typing import Any

from absl import flags

from cli import tokenizer
from foundation import disk, files
from foundation.errors import InputError
from modeling.config import GELU_FORMS
from modeling.weights.model_heads import KINDS
from preprocessing.extension_plan import ExtensionOptions
from preprocessing.vocabulary_extension import MODES

TABLE_FILE = "new_pieces.tsv"
REPORT_FILE = "extend_vocab.json"
FORMATS = ("tf1", "huggingface")
_STRINGS = {
    "init_checkpoint": "The model: a TF1 checkpoint (model.ckpt-1000000, with "
    "or without .index, or its folder), a Hugging Face folder or "
    "hf://owner/name.",
    "bert_config_file": "Its config. Not given: the one beside the weights.",
    "input_file": "Text: files and patterns with commas between; .gz too. "
    "Words are counted in it, and what changes is measured on it.",
    "words_file": "Your own list, one word a line, in the place of words "
    "found in the text.",
    "output_dir": "Folder of the new model.",
}
_INTEGERS = {
    "num_pieces": (1000, "New pieces, at most."),
    "min_frequency": (20, "How often a word has to come to get a piece."),
    "min_pieces": (2, "How many pieces a word has to be cut into."),
    "sample_megabytes": (
        500,
        "How much text is read, in millions of bytes; of a larger corpus, "
        "stretches that are evenly spread over it.",
    ),
    "max_words": (
        2_000_000,
        "Different words kept in memory (about 200 bytes each); beyond, the "
        "rarest are dropped, and the run says how many.",
    ),
}
# What is asked of words of the text alone.
_OF_TEXT = ("num_pieces", "min_frequency", "min_pieces")
_CHOICES = {
    "mode": (
        "append",
        MODES,
        "append: new rows at the end, any number; unused: in the place of "
        "[unusedN] pieces, so that no shape changes. SentencePiece has none.",
    ),
    "output_format": (
        "tf1",
        FORMATS,
        "A TF1 checkpoint without optimizer slots, or a Hugging Face folder.",
    ),
    "gelu": (
        "auto",
        ("auto", *GELU_FORMS),
        'What hidden_act "gelu" means. auto: by the model\'s origin.',
    ),
    "head": (
        None,
        tuple(KINDS),
        "What stands on the encoder. Not given: as the files say.",
    ),
}
_SWITCHES = {
    "keep_marker_places": (
        True,
        "Leave [unused1] to [unused4] to run_re.py's entity markers.",
    ),
    "overwrite_output": (False, "Replace files that are in --output_dir."),
    "debug": (False, "Show the stack trace of an error."),
}


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    own: dict[str, Any] = {"flag_values": fv}
    for name, text in _STRINGS.items():
        flags.DEFINE_string(name, None, text, **own)
    flags.DEFINE_alias("albert_config_file", "bert_config_file", fv)
    for name, (number, text) in _INTEGERS.items():
        flags.DEFINE_integer(name, number, text, lower_bound=1, **own)
    for name, (choice, choices, text) in _CHOICES.items():
        flags.DEFINE_enum(name, choice, choices, text, **own)
    flags.DEFINE_float(
        "held_out_share",
        0.02,
        "Share of the text read in which no words are sought: before and "
        "after are measured on it.",
        lower_bound=0.0,
        upper_bound=0.5,
        **own,
    )
    for name, (is_on, text) in _SWITCHES.items():
        flags.DEFINE_boolean(name, is_on, text, **own)
    tokenizer.define(fv, defaults={})


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that are missing or contradict others."""
    for name, what in (
        ("init_checkpoint", "model"),
        ("output_dir", "output folder"),
    ):
        if not fv[name].value:
            raise InputError(
                f"no {what}",
                got=f"no --{name}",
                expected=f"--{name}, a path",
                next_step="see --help for an example",
            )
    for name in _OF_TEXT:
        if fv.words_file and fv[name].present:
            raise InputError(
                f"--{name} has nothing to act on",
                got=f"--{name}={fv[name].value} with --words_file",
                expected="one of them: all words of the list become pieces",
                next_step=f"leave --{name} or --words_file out",
            )
    if fv.mode != "unused" and fv["keep_marker_places"].present:
        raise InputError(
            "--keep_marker_places has nothing to act on",
            got=f"--keep_marker_places with --mode={fv.mode}",
            expected="--mode=unused",
            next_step="leave --keep_marker_places out",
        )


def read(fv: flags.FlagValues) -> ExtensionOptions:
    """Returns the options of parsed flags."""
    return ExtensionOptions(
        mode=fv.mode,
        words_file=fv.words_file or None,
        num_pieces=fv.num_pieces,
        min_frequency=fv.min_frequency,
        min_pieces=fv.min_pieces,
        keep_marker_places=fv.keep_marker_places,
        max_words=fv.max_words,
    )


def prepare_output(fv: flags.FlagValues, *, beside: str) -> None:
    """Makes the output folder.

    Args:
      fv: parsed flags.
      beside: the folder of the model that is read.

    Raises:
      InputError: there is something in it, it is the model's own folder, or
        nothing can be written there.
    """
    folder = fv.output_dir
    if files.real_path(folder) == files.real_path(beside):
        raise InputError(
            "what is read would be overwritten",
            got="--output_dir is the folder of --init_checkpoint",
            expected="another folder",
            next_step="choose another --output_dir",
            path=folder,
        )
    there = files.list_directory(folder) if files.is_directory(folder) else []
    if there and not fv.overwrite_output:
        raise InputError(
            "the output folder is not empty",
            got=f"{len(there)} files in it, such as {there[0]}",
            expected="a new folder",
            next_step="choose another --output_dir, or add --overwrite_output",
            path=folder,
        )
    files.make_directory(folder)
    disk.check_writable(folder)
