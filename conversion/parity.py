"""Are two sets of weights the same model? Their logits on real sentences."""

from __future__ import annotations

import dataclasses
import importlib.resources
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from modeling.config import Config
from modeling.encoder import Encoder, build_encoder
from modeling.heads import LabelHead, MaskedLanguageModel
from modeling.layers import NamedWeights
from modeling.tensors import EncoderInputs, EncoderOutputs
from modeling.weights import matching, model_heads
from modeling.weights.model_heads import HeadKind
from modeling.weights.source import WeightSource
from preprocessing.tokenization import Tokenizer

_SENTENCES = "parity_sentences.txt"  # of tests/fixtures/sample_corpus
_ROWS_AT_ONCE = 5  # of like length; more would take more memory
_LENGTH_STEP = 16  # few shapes: TensorFlow keeps some megabytes for each
_LONGEST = 64  # pieces of a row
_STEP = 7919  # a prime: spreads ids over a vocabulary without a tokenizer


@dataclasses.dataclass(frozen=True)
class Rows:
    """Rows of pieces to compare models on.

    Attributes:
      ids: of each row, [CLS] and [SEP] included.
      are_text: whether they are sentences, not arbitrary ids.
    """

    ids: tuple[tuple[int, ...], ...]
    are_text: bool


def sentences() -> list[str]:
    """Returns 200 sentences of biomedical abstracts."""
    found = importlib.resources.files(__package__).joinpath(_SENTENCES)
    return found.read_text(encoding="utf-8").splitlines()


def rows_of(
    lines: Sequence[str], tokenizer: Tokenizer | None, config: Config
) -> Rows:
    """Returns a row for each line, cut to what the model takes.

    Args:
      lines: sentences.
      tokenizer: of the model; None = ids are spread over the vocabulary, one
        for each word.
      config: of the model.
    """
    room = min(_LONGEST, config.max_position_embeddings)
    if tokenizer is None:
        ids = [
            [(_STEP * (n + 1) * (i + 1)) % config.vocab_size for i in range(w)]
            for n, w in enumerate(len(line.split()) for line in lines)
        ]
        return Rows(tuple(tuple(row[:room]) for row in ids), are_text=False)
    first, last = tokenizer.cls_id, tokenizer.sep_id
    return Rows(
        tuple(
            (first, *pieces[: room - 2], last)
            for pieces in tokenizer.encode_lines(list(lines))
        ),
        are_text=True,
    )


def logits_of(
    source: WeightSource, config: Config, kind: HeadKind, *, rows: Rows
) -> list[np.ndarray]:
    """Returns a model's outputs for each row, float32.

    Of a masked LM those at the row's middle piece; of an encoder alone its
    sequence output; of pretraining both heads', one after the other.

    Args:
      source: of the weights; a pooler or head that is not there is an error.
      config: of the encoder, gelu_form set.
      kind: of the head.
      rows: int ids.
    """
    forward = _Forward(source, config, kind)
    order = sorted(range(len(rows.ids)), key=lambda i: len(rows.ids[i]))
    found: dict[int, np.ndarray] = {}
    for start in range(0, len(order), _ROWS_AT_ONCE):
        chosen = order[start : start + _ROWS_AT_ONCE]
        outputs = forward([rows.ids[i] for i in chosen])
        found.update(zip(chosen, outputs, strict=True))
    return [found[i] for i in range(len(order))]


def largest_difference(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray]
) -> float:
    """Returns the largest absolute difference of two models' outputs."""
    return max(
        float(np.max(np.abs(a - b), initial=0.0))
        for a, b in zip(first, second, strict=True)
    )


class _Forward:
    """A model that lives as long as it is needed."""

    def __init__(
        self, source: WeightSource, config: Config, kind: HeadKind
    ) -> None:
        form = config.gelu_form or "tanh"
        # All weights are read: none is drawn.
        config = dataclasses.replace(config, initializer_range=0.0)
        self._longest = config.max_position_embeddings
        self._encoder = build_encoder(config, gelu_form=form)
        self._heads = _heads(self._encoder, source, kind, gelu_form=form)
        variables = dict(self._encoder.named)
        for head, _ in self._heads:
            variables |= head.named
        optional = set()
        if not kind.has_pooler or kind is model_heads.ENCODER:
            optional = {n for n in variables if n.startswith("bert/pooler/")}
        matching.load(source, variables, optional=optional)
        # Not a tf.function: tracing takes longer than these few batches.

    def __call__(self, rows: Sequence[Sequence[int]]) -> list[np.ndarray]:
        lengths = [len(row) for row in rows]
        width = -(-max(lengths) // _LENGTH_STEP) * _LENGTH_STEP
        ids = np.zeros([len(rows), min(width, self._longest)], np.int32)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        outputs = self._outputs(tf.constant(ids), tf.constant(mask)).numpy()
        if outputs.ndim == 2:
            return list(outputs)
        return [
            row[:length].copy()
            for row, length in zip(outputs, lengths, strict=True)
        ]

    def _outputs(self, ids: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        outputs = self._encoder(EncoderInputs(ids, mask, tf.zeros_like(ids)))
        parts = [run(outputs, mask) for _, run in self._heads]
        return tf.concat(parts, axis=-1) if parts else outputs.sequence_output


_Run = Callable[[EncoderOutputs, tf.Tensor], tf.Tensor]


def _heads(
    encoder: Encoder, source: WeightSource, kind: HeadKind, *, gelu_form: str
) -> list[tuple[NamedWeights, _Run]]:
    """Returns the heads, and what each makes of the encoder's outputs."""
    found: list[tuple[NamedWeights, _Run]] = []
    if kind in (model_heads.PRETRAINING, model_heads.MASKED_LM):
        masked_lm = MaskedLanguageModel(encoder, gelu_form=gelu_form)
        found.append((masked_lm, lambda o, m: masked_lm(_middle(o, m))))
    scope = {
        model_heads.PRETRAINING: "cls/seq_relationship",
        model_heads.SEQUENCES: "",
        model_heads.CHOICE: "",
        model_heads.TOKENS: "",
        model_heads.SPANS: "cls/squad",
    }.get(kind)
    if scope is not None:
        outputs = source.shapes[kind.tensors[-1]][0]
        head = LabelHead(scope, outputs, encoder.config)
        if kind.has_pooler:
            found.append((head, lambda o, _: head(o.pooled_output)))
        else:
            found.append((head, lambda o, _: head(o.sequence_output)))
    return found


def _middle(outputs: EncoderOutputs, mask: tf.Tensor) -> tf.Tensor:
    """Returns the vectors [B, 1, D] in the middle of the rows."""
    places = tf.reduce_sum(mask, axis=1) // 2
    return tf.gather(outputs.sequence_output, places, batch_dims=1)[:, None]
