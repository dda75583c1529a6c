"""bert_config.json and albert_config.json as frozen values.

Field names and defaults are those of google-research/bert `BertConfig` and
google-research/albert `AlbertConfig`. Keys that the model does not read are
kept in `extra`, so that a file read and written again loses nothing.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from foundation import files, json_files
from foundation.errors import InputError

# The names but for the first are Hugging Face's, for the tanh form.
GELU_NAMES = ("gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh")
ACTIVATIONS = (*GELU_NAMES, "relu", "tanh", "linear")
GELU_FORMS = ("erf", "tanh")
# What a model's folder calls it: the originals' two names, Hugging Face's.
_FILE_NAMES = ("bert_config.json", "albert_config.json", "config.json")
# BioBERT-Large's is bert_config_bio_58k_large.json.
_OTHER_NAME = re.compile(r"(bert|albert)_config.*\.json")
# Only AlbertConfig has these; one of them tells the two families apart.
_ALBERT_KEYS = ("embedding_size", "num_hidden_groups", "inner_group_num")


@dataclasses.dataclass(frozen=True, kw_only=True)
class BertConfig:
    """Sizes and rates of a BERT encoder.

    Attributes:
      vocab_size: rows of the word embedding.
      hidden_size: width of every layer (H).
      gelu_form: "erf" or "tanh" where it is known; None where the file does
        not say (every original's JSON says "gelu" and means one of the two).
      extra: keys the encoder does not read, kept as they were.
    """

    family: ClassVar[str] = "bert"

    vocab_size: int
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    max_position_embeddings: int = 512
    type_vocab_size: int = 16
    initializer_range: float = 0.02
    gelu_form: str | None = None
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_sizes(self)

    @property
    def embedding_width(self) -> int:
        """Width of the embedding tables: H for BERT, E for ALBERT."""
        return self.hidden_size

    @property
    def layer_norm_epsilon(self) -> float:
        """Hugging Face's layer_norm_eps where there is one, else BERT's."""
        return float(self.extra.get("layer_norm_eps", 1e-12))


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlbertConfig:
    """Sizes and rates of an ALBERT encoder; the defaults are xxlarge's.

    Attributes:
      embedding_size: width of the embedding tables (E).
      num_hidden_groups: how many sets of weights the layers share out.
      inner_group_num: blocks applied one after the other in one layer.
    """

    family: ClassVar[str] = "albert"

    vocab_size: int
    embedding_size: int = 128
    hidden_size: int = 4096
    num_hidden_layers: int = 12
    num_hidden_groups: int = 1
    num_attention_heads: int = 64
    intermediate_size: int = 16384
    inner_group_num: int = 1
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.0
    attention_probs_dropout_prob: float = 0.0
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    gelu_form: str | None = None
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_sizes(self)

    @property
    def embedding_width(self) -> int:
        """Width of the embedding tables: H for BERT, E for ALBERT."""
        return self.embedding_size

    @property
    def layer_norm_epsilon(self) -> float:
        """Hugging Face's layer_norm_eps where there is one, else BERT's."""
        return float(self.extra.get("layer_norm_eps", 1e-12))


Config = BertConfig | AlbertConfig


def find_config(folder: str) -> str | None:
    """Returns the config file in a folder; None where there is none."""
    if not files.exists(folder) or not files.is_directory(folder):
        return None
    present = files.list_directory(folder)
    names = [name for name in _FILE_NAMES if name in present]
    if not names:
        others = [name for name in present if _OTHER_NAME.fullmatch(name)]
        names = others if len(others) == 1 else []
    return files.join(folder, names[0]) if names else None


def read_config(path: str) -> Config:
    """Reads a config file and recognises its family.

    Raises:
      InputError: missing, not JSON, or sizes that cannot be.
    """
    values = json_files.read_object(
        path,
        what="the model's config",
        next_step="pass the file with --bert_config_file",
    )
    try:
        return config_from_dict(values)
    except InputError as error:
        if error.path is not None:
            raise
        raise InputError(
            error.problem,
            got=error.got,
            expected=error.expected,
            next_step=error.next_step,
            path=path,
        ) from None


def config_from_dict(values: Mapping[str, Any]) -> Config:
    """Returns the config that `values` (a parsed JSON object) describes."""
    is_albert = any(key in values for key in _ALBERT_KEYS)
    kind: Any = AlbertConfig if is_albert else BertConfig
    names = {f.name for f in dataclasses.fields(kind)} - {"extra"}
    known = {k: v for k, v in values.items() if k in names}
    extra = {k: v for k, v in values.items() if k not in names}
    if "vocab_size" not in known:
        raise InputError(
            "the model's config has no vocab_size",
            got=f"{len(values)} other keys",
            expected="a key vocab_size",
            next_step="pass the config that came with the checkpoint",
        )
    config: Config = kind(**known, extra=extra)
    return config


def config_to_dict(config: Config) -> dict[str, Any]:
    """Returns the JSON object of a config, unknown keys included."""
    values = {
        field.name: getattr(config, field.name)
        for field in dataclasses.fields(config)
        if field.name != "extra"
    }
    if values["gelu_form"] is None:
        del values["gelu_form"]
    return {**config.extra, **values}


def config_to_json(config: Config) -> str:
    """Returns the file's text: indent 2, sorted keys, as the originals."""
    return json.dumps(config_to_dict(config), indent=2, sort_keys=True) + "\n"


def with_dropout(
    config: Config, *, hidden: float | None, attention: float | None
) -> Config:
    """Returns the config with other dropout rates; None keeps the rate."""
    changes: dict[str, Any] = {}
    if hidden is not None:
        changes["hidden_dropout_prob"] = hidden
    if attention is not None:
        changes["attention_probs_dropout_prob"] = attention
    return dataclasses.replace(config, **changes)


def _check_sizes(config: Config) -> None:
    """Raises InputError for values that no encoder can have."""
    for name in (
        "vocab_size",
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "max_position_embeddings",
        "type_vocab_size",
    ):
        value = getattr(config, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(
                f"{name} in the model's config is not a size",
                got=repr(value),
                expected="a whole number of 1 or more",
                next_step="use the config that came with the checkpoint",
            )
    if config.hidden_size % config.num_attention_heads:
        raise InputError(
            "the number of attention heads does not divide the hidden size",
            got=f"hidden_size {config.hidden_size}, "
            f"num_attention_heads {config.num_attention_heads}",
            expected="hidden_size a multiple of num_attention_heads",
            next_step="use the config that came with the checkpoint",
        )
    _check_rates(config)
    _check_names(config)


def _check_rates(config: Config) -> None:
    for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
        rate = getattr(config, name)
        if not isinstance(rate, int | float) or not 0 <= rate < 1:
            raise InputError(
                f"{name} in the model's config is not a rate",
                got=repr(rate),
                expected="a number from 0 to less than 1",
                next_step="use the config that came with the checkpoint",
            )
    epsilon = config.extra.get("layer_norm_eps", 1e-12)
    if not isinstance(epsilon, int | float) or not 0 < epsilon < 1:
        raise InputError(
            "layer_norm_eps in the model's config is not a small number",
            got=repr(epsilon),
            expected="a number between 0 and 1, such as 1e-12",
            next_step="use the config that came with the checkpoint",
        )


def _check_names(config: Config) -> None:
    if config.gelu_form not in (None, *GELU_FORMS):
        raise InputError(
            "gelu_form in the model's config is unknown",
            got=repr(config.gelu_form),
            expected=" or ".join(GELU_FORMS),
            next_step="correct the file or pass --gelu",
        )
    if (config.hidden_act or "linear") not in ACTIVATIONS:
        raise InputError(
            "hidden_act in the model's config is unknown",
            got=repr(config.hidden_act),
            expected=", ".join(ACTIVATIONS),
            next_step="use the config that came with the checkpoint",
        )
