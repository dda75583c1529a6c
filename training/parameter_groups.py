"""Parts of a model: which train, how fast, and which start anew.

What small training sets ask for: lower rates in lower layers (discriminative
rates: Howard and Ruder 2018, ULMFiT), layers that do not train, a top that
starts anew (Zhang et al. 2020, arXiv 2006.05987; all three compared by Tinn
et al. 2023, Patterns 4(4)). Knows names and sizes only, no TensorFlow: flags
are checked with it.

A *part* is "embeddings", the number of a layer, "pooler", or "head": all that
a task adds. ALBERT's layers share weights: its parts are numbers of groups.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from foundation.errors import InputError
from modeling.config import AlbertConfig, Config
from training.options import TransferOptions

EMBEDDINGS, POOLER, HEAD = "embeddings", "pooler", "head"
CRF_SCOPE = "crf/"

_ENCODER = "encoder"  # all layers, as in the names of variables
_ALL = (EMBEDDINGS, _ENCODER, POOLER)
_LAYER = re.compile(r"bert/encoder/(?:layer_|transformer/group_)(\d+)/")
# ALBERT's map from the embeddings' width to the layers' belongs to them, as
# ELECTRA's `embeddings_project` does.
_EMBEDDINGS = ("bert/embeddings/", "bert/encoder/embedding_hidden_mapping_in/")
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")
_LONGEST = 60  # characters of a flag's value that are shown


def part_of(name: str) -> str:
    """Returns the part that a variable belongs to."""
    layer = _LAYER.match(name)
    if layer:
        return layer.group(1)
    if name.startswith(_EMBEDDINGS):
        return EMBEDDINGS
    return POOLER if name.startswith("bert/") else HEAD


def names_in(parts: Collection[str], names: Iterable[str]) -> list[str]:
    """Returns those of some variables that belong to parts."""
    return [name for name in names if part_of(name) in parts]


def num_layer_parts(config: Config) -> int:
    """Returns how many sets of layer weights a model has."""
    if isinstance(config, AlbertConfig):
        return config.num_hidden_groups
    return config.num_hidden_layers


def frozen_parts(spec: str, config: Config) -> tuple[str, ...]:
    """Returns the parts that `--freeze` names.

    Args:
      spec: "embeddings", layers ("3", "0-5"), "encoder" (all layers),
        "pooler", "all" (all of these), with commas between; or "none".
      config: of the encoder.

    Raises:
      InputError: no such layer, or one whose weights a layer that trains
        shares.
    """
    given = [word.strip() for word in spec.split(",") if word.strip()]
    if given == ["none"]:
        return ()
    words = [w for g in given for w in (_ALL if g == "all" else (g,))]
    layers = {
        layer
        for word in words
        if word not in (EMBEDDINGS, POOLER)
        for layer in _layers(word, config)
    }
    return (
        *([EMBEDDINGS] if EMBEDDINGS in words else []),
        *_whole_parts(layers, config, flag=f"--freeze={spec[:_LONGEST]}"),
        *([POOLER] if POOLER in words else []),
    )


def _layers(word: str, config: Config) -> range:
    count = config.num_hidden_layers
    if word == _ENCODER:
        return range(count)
    match = _RANGE.fullmatch(word)
    if match is None:
        raise InputError(
            "--freeze names a part that no model has",
            got=repr(word[:_LONGEST]),
            expected="embeddings, a layer (3), layers (0-5), encoder, pooler, "
            "all, or several of them with commas between",
            next_step="correct --freeze, for example --freeze=embeddings,0-5",
        )
    first, last = int(match.group(1)), int(match.group(2) or match.group(1))
    if last >= count or first > last:
        raise InputError(
            "--freeze names layers that the model has not",
            got=word,
            expected=f"numbers from 0 to {count - 1}, the lower one first: "
            f"the model has {count} layers",
            next_step="correct --freeze",
        )
    return range(first, last + 1)


def _whole_parts(
    layers: Collection[int], config: Config, *, flag: str
) -> list[str]:
    """Returns the parts that layers make up; refuses a piece of one."""
    count, parts = config.num_hidden_layers, num_layer_parts(config)
    members: dict[int, list[int]] = {}
    for layer in range(count):
        # As modeling/albert.py shares them out; BERT has one a layer.
        members.setdefault(layer * parts // count, []).append(layer)
    for shared in members.values():
        chosen = [layer for layer in shared if layer in layers]
        if chosen and chosen != shared:
            raise InputError(
                f"{flag} divides layers that share their weights",
                got=f"{len(chosen)} of the layers {shared[0]}-{shared[-1]}",
                expected=f"all {len(shared)} of them or none: this ALBERT "
                f"has {parts} group(s) of weights for {count} layers",
                next_step="name whole groups of layers",
            )
    return [str(part) for part in members if members[part][0] in layers]


def fresh_parts(reinit_layers: int, config: Config) -> tuple[str, ...]:
    """Returns what `--reinit_layers` starts anew: the top, and the pooler.

    Raises:
      InputError: more layers than there are, or a piece of shared ones.
    """
    if not reinit_layers:
        return ()
    count, flag = config.num_hidden_layers, f"--reinit_layers={reinit_layers}"
    if reinit_layers > count:
        raise InputError(
            "--reinit_layers is more than the model's layers",
            got=reinit_layers,
            expected=f"at most {count}",
            next_step="lower --reinit_layers",
        )
    top = range(count - reinit_layers, count)
    return (*_whole_parts(top, config, flag=flag), POOLER)


def check(transfer: TransferOptions, config: Config) -> None:
    """Raises InputError for parts that the model has not, or that clash."""
    frozen = frozen_parts(transfer.freeze, config)
    fresh = fresh_parts(transfer.reinit_layers, config)
    both = [part for part in fresh if part in frozen]
    if both:
        raise InputError(
            "what starts anew must train",
            got=f"--freeze={transfer.freeze[:_LONGEST]} and "
            f"--reinit_layers={transfer.reinit_layers}, both for "
            f"{', '.join(both)}",
            expected="layers in one of the two only",
            next_step="lower --reinit_layers, or freeze lower layers only",
        )


def rate_factors(
    names: Iterable[str],
    config: Config,
    *,
    transfer: TransferOptions,
    learning_rate: float,
) -> dict[str, float]:
    """Returns by which factor each variable's rate differs from the run's.

    Layer-wise: decay^(n + 2 - depth), where n layers lie between the
    embeddings (depth 0) and the head (n + 2), layer i at i + 1: the head has
    the whole rate, the top layer decay^2, the embeddings decay^(n + 2). After
    google-research/electra `_get_layer_lrs`. ELECTRA has no pooler; here it
    counts as head. A CRF has a rate of its own, on the run's schedule.

    Args:
      names: of variables.
      config: of the encoder.
      transfer: the rates.
      learning_rate: highest rate of the run, above 0.
    """
    of_part = _factors_of_parts(config, transfer.layerwise_lr_decay)
    return {
        name: transfer.crf_learning_rate / learning_rate
        if name.startswith(CRF_SCOPE)
        else of_part[part_of(name)]
        for name in names
    }


def _factors_of_parts(config: Config, decay: float) -> dict[str, float]:
    """Returns the factor of each part, from the top to the bottom."""
    top = num_layer_parts(config) + 2
    depths = {HEAD: top, POOLER: top}
    for layer in reversed(range(num_layer_parts(config))):
        depths[str(layer)] = layer + 1
    depths[EMBEDDINGS] = 0
    return {part: decay ** (top - depth) for part, depth in depths.items()}


def describe_rates(
    config: Config, *, transfer: TransferOptions, learning_rate: float
) -> str:
    """Returns a line for the log; "" where all parts have one rate."""
    decay, parts = transfer.layerwise_lr_decay, num_layer_parts(config)
    if decay == 1.0:
        return ""
    shares = isinstance(config, AlbertConfig)
    kind = "group" if shares else "layer"
    shown = {HEAD: HEAD, str(parts - 1): f"{kind} {parts - 1}"}
    shown.update({"0": f"{kind} 0", EMBEDDINGS: EMBEDDINGS})
    factors = _factors_of_parts(config, decay)
    rates = ", ".join(
        f"{text} {factors[part] * learning_rate:.3g}"
        for part, text in shown.items()
    )
    line = f"Highest learning rates: {rates}."
    if shares:
        line += (
            f" ALBERT's {config.num_hidden_layers} layers share {parts} "
            "group(s) of weights: one rate within a group."
        )
    return line
