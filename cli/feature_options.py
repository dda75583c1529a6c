"""Which vectors of which text are written, and in which form."""

from __future__ import annotations

import dataclasses

from absl import flags, logging

from cli import encoder_inputs, output_file
from foundation.errors import InputError
from inference.feature_arrays import VECTORS, WORD_VECTORS
from inference.input_lines import InputCounts
from modeling.config import AlbertConfig, Config

FORMATS = ("jsonl", "npz")
_BATCH_SIZE = 32  # extract_features.py


@dataclasses.dataclass(frozen=True)
class FeatureOptions:
    """What is written.

    Attributes:
      layers: indices; -1 is the last layer, 0 the first.
      vectors: some of `VECTORS`; none: BERT's JSON lines.
      word_vector: of words: "mean" or "first".
    """

    layers: tuple[int, ...]
    vectors: tuple[str, ...]
    word_vector: str

    @property
    def with_pooled(self) -> bool:
        """Returns whether the pooled output is asked for."""
        return "pooled_output" in self.vectors


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_string(
        "input_file",
        None,
        'Text, UTF-8: a text a line, or a pair, parted by " ||| ".',
        flag_values=fv,
    )
    output_file.define(fv, "Receives the vectors.")
    flags.DEFINE_enum(
        "output_format",
        "jsonl",
        list(FORMATS),
        "jsonl: extract_features.py's own lines. npz: numpy's arrays, of what "
        "--vectors names.",
        flag_values=fv,
    )
    _define_vectors(fv)
    encoder_inputs.define(fv, batch_size=_BATCH_SIZE)


def _define_vectors(fv: flags.FlagValues) -> None:
    flags.DEFINE_string(
        "layers",
        "-1,-2,-3,-4",
        "Which layers, with commas between: -1 is the last, 0 the first.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "vectors",
        "pooled_output,mean,cls",
        f"Of npz, with commas between: {', '.join(VECTORS)}. mean is of all "
        "pieces, cls is the first piece's, each in every layer.",
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "word_vector",
        "mean",
        list(WORD_VECTORS),
        "Of --vectors=words: the mean of a word's pieces, or the first one's. "
        "Words are what white space separates.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "use_one_hot_embeddings",
        False,
        "How a TPU looks embeddings up. The vectors are the same either way.",
        flag_values=fv,
    )


def read(fv: flags.FlagValues) -> FeatureOptions:
    """Returns the options of parsed flags; opens nothing.

    Raises:
      InputError: flags that mean nothing, or nothing together.
    """
    if not fv.input_file:
        raise InputError(
            "there is no text to read",
            got="no --input_file",
            expected="a file with a text a line",
            next_step="add --input_file=",
        )
    if fv.use_one_hot_embeddings:
        logging.info(
            "--use_one_hot_embeddings: the vectors are the same either way."
        )
    layers = _layers(fv.layers)
    if fv.output_format == "jsonl":
        for name in ("vectors", "word_vector"):
            if fv[name].present:
                raise _contradiction(name, fv[name].value, "output_format=npz")
        return FeatureOptions(layers, (), fv.word_vector)
    vectors = tuple(part.strip() for part in fv.vectors.split(","))
    unknown = [part for part in vectors if part not in VECTORS]
    if unknown or len(set(vectors)) < len(vectors):
        raise InputError(
            "--vectors names no vectors, or some twice",
            got=fv.vectors,
            expected=f"some of {', '.join(VECTORS)}",
            next_step="correct --vectors",
        )
    if fv["word_vector"].present and "words" not in vectors:
        raise _contradiction("word_vector", fv.word_vector, "vectors=words")
    return FeatureOptions(layers, vectors, fv.word_vector)


def _layers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            "--layers is no list of numbers",
            got=text[:60],
            expected="whole numbers with commas between, as -1,-2,-3,-4",
            next_step="correct --layers",
        ) from None


def _contradiction(name: str, value: object, needed: str) -> InputError:
    return InputError(
        f"--{name} would do nothing",
        got=f"--{name}={value} without --{needed}",
        expected="both, or neither",
        next_step=f"add --{needed}, or leave --{name} out",
    )


def check_layers(options: FeatureOptions, config: Config) -> None:
    """Raises InputError for a layer that the model does not have."""
    count = config.num_hidden_layers
    if isinstance(config, AlbertConfig):
        count *= config.inner_group_num  # each inner block counts
    beyond = [n for n in options.layers if not -count <= n < count]
    if beyond:
        raise InputError(
            "--layers names a layer that the model does not have",
            got=", ".join(map(str, beyond)),
            expected=f"-1 to -{count} from the last, or 0 to {count - 1} "
            "from the first",
            next_step="correct --layers",
        )


def check_pairs(counts: InputCounts, config: Config) -> None:
    """Raises InputError for pairs where the model knows one segment."""
    if counts.num_pairs and config.type_vocab_size < 2:
        raise InputError(
            "the model reads one text, not two",
            got=f"{counts.num_pairs} lines of two texts, type_vocab_size "
            f"{config.type_vocab_size}",
            expected='lines without " ||| "',
            next_step="give each text a line of its own",
        )
