"""A saved model of an encoder alone: vectors of pieces, and of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import tensorflow as tf

from inference.graph_rows import Parts, Rows, lengths_of
from inference.saved_model_task import TEXT, Exported, Outputs, Untracked
from modeling.encoder import Encoder
from modeling.tensors import EncoderInputs
from preprocessing.tokenization import Tokenizer

_NONE = -1  # character of [CLS], [SEP] and padding


class ExportedEncoder(Exported):
    """A pretrained or fine-tuned encoder without a head.

    Args:
      encoder: with its weights.
      tokenizer: of the model.
      max_seq_length: pieces of a row; longer texts are cut.
      facts: what biobert_kit.json tells, beside kind and family.
      files: that are copied into the saved model.
      with_text: whether raw text is read, too.
      with_pooled: whether there is a pooled output; without a pooler in the
        checkpoint it would be noise.
    """

    text_inputs: ClassVar[Mapping[str, tf.TensorSpec]] = {"text": TEXT}

    def __init__(
        self,
        encoder: Encoder,
        tokenizer: Tokenizer,
        *,
        max_seq_length: int,
        facts: Mapping[str, Any],
        files: Sequence[str],
        with_text: bool,
        with_pooled: bool = True,
    ) -> None:
        super().__init__(
            tokenizer,
            encoder.named,
            facts={
                "kind": "encoder",
                "family": encoder.config.family,
                "labels": [],
                **facts,
            },
            files=files,
            with_text=with_text,
        )
        self._encoder = Untracked(encoder)
        self._with_pooled = with_pooled
        self._room = max_seq_length - 2  # [CLS] and [SEP]

    def ids(self, **inputs: tf.Tensor) -> Outputs:
        """Returns sequence_output [B, S, D]; with it, pooled_output [B, D]."""
        return self._outputs(Rows(**inputs))

    def text(self, **inputs: tf.Tensor) -> Outputs:
        """Returns the same of texts, with each piece's characters."""
        pieces = self.tokenizer(inputs["text"])
        whole = lengths_of(pieces.ids)
        sizes = tf.minimum(whole, self._room)
        parts = Parts(tf.range(tf.size(sizes)), tf.zeros_like(sizes), sizes)
        rows = self.frame(parts.of(pieces.ids))
        # Before them [CLS]; behind them [SEP], which is like padding.
        edges = [[0, 0], [1, 1]]
        return {
            **self._outputs(rows),
            **rows._asdict(),
            "piece_starts": tf.pad(
                parts.of(pieces.starts).to_tensor(_NONE),
                edges,
                constant_values=_NONE,
            ),
            "piece_ends": tf.pad(
                parts.of(pieces.ends).to_tensor(_NONE),
                edges,
                constant_values=_NONE,
            ),
            "num_cut": whole - sizes,
        }

    def _outputs(self, rows: Rows) -> Outputs:
        outputs = self._encoder.value(EncoderInputs(*rows))
        found = {"sequence_output": outputs.sequence_output}
        if self._with_pooled:
            found["pooled_output"] = outputs.pooled_output
        return found
