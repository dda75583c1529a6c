"""What a saved model of any kind of task computes: from ids, and from text.

Each kind, in the modules beside this one, gives two sets of named outputs;
docs/serving.md describes them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from foundation import files
from inference.graph_rows import Rows, frame, lengths_of
from inference.graph_tokenizer import GraphTokenizer, build_graph_tokenizer
from inference.trained_folder import TrainedFolder
from preprocessing.tokenization import Tokenizer
from tasks.labels import FILE_NAME as LABEL_FILE

Outputs = dict[str, tf.Tensor]
TEXT = tf.TensorSpec([None], tf.string)


class Exported(tf.Module):
    """A model with its tokenizer; the kinds add outputs.

    Args:
      tokenizer: of the model.
      weights: of the model, by name.
      facts: what biobert_kit.json tells of the model.
      files: that are copied into the saved model.
      with_text: whether raw text is read, too.

    Attributes:
      text_inputs: of `text`, by name.
    """

    text_inputs: Mapping[str, tf.TensorSpec]

    def __init__(
        self,
        tokenizer: Tokenizer,
        weights: Mapping[str, tf.Variable],
        *,
        facts: Mapping[str, Any],
        files: Sequence[str],
        with_text: bool,
    ) -> None:
        super().__init__(name="model")
        self._facts = Untracked(facts)
        self._files = Untracked(tuple(files))
        self._outside = Untracked(tokenizer)
        self._tokenizer: GraphTokenizer | None = None
        if with_text:
            self._tokenizer = build_graph_tokenizer(tokenizer)
        # What tf.saved_model.save finds: each variable once.
        self._weights = list(weights.values())

    @property
    def facts(self) -> Mapping[str, Any]:
        """Returns what biobert_kit.json tells of the model."""
        facts: Mapping[str, Any] = self._facts.value
        return facts

    @property
    def files(self) -> tuple[str, ...]:
        """Returns the paths of files that go with the model."""
        paths: tuple[str, ...] = self._files.value
        return paths

    @property
    def reads_text(self) -> bool:
        """Returns whether there is a tokenizer in the graph."""
        return self._tokenizer is not None

    @property
    def tokenizer(self) -> GraphTokenizer:
        """Returns the tokenizer in the graph."""
        assert self._tokenizer is not None
        return self._tokenizer

    def ids(self, **inputs: tf.Tensor) -> Outputs:
        """Returns outputs for token ids: input_ids and so on, [B, S]."""
        raise NotImplementedError

    def text(self, **inputs: tf.Tensor) -> Outputs:
        """Returns outputs for raw text."""
        raise NotImplementedError

    def frame(
        self,
        first: tf.RaggedTensor,
        second: tf.RaggedTensor | None = None,
        *,
        has_second: tf.Tensor | None = None,
    ) -> Rows:
        """Returns rows of these ids, as graph_rows.frame; one text or two."""
        if second is None:
            none = tf.zeros_like(lengths_of(first))
            second = tf.RaggedTensor.from_row_lengths(
                tf.zeros([0], tf.int32), none
            )
            has_second = tf.cast(none, tf.bool)
        return frame(
            first,
            second,
            has_second=has_second,
            tokenizer=self._outside.value,
        )


class ExportedTask(Exported):
    """A fine-tuned model.

    Args:
      trained: as loaded.
      with_text: whether raw text is read, too.
      facts: of the kind, beside those of every task.
    """

    def __init__(
        self, trained: TrainedFolder, *, with_text: bool, **facts: Any
    ) -> None:
        labels = files.join(trained.folder, LABEL_FILE)
        super().__init__(
            trained.tokenizer,
            trained.model.variables,
            facts={
                "kind": trained.kind,
                "family": trained.config.family,
                "labels": list(trained.labels),
                "step": trained.step,
                "settings": dataclasses.asdict(trained.settings),
                **facts,
            },
            files=[
                files.join(trained.folder, trained.settings.vocabulary),
                *([labels] if files.exists(labels) else []),
            ],
            with_text=with_text,
        )
        self._trained = Untracked(trained)

    @property
    def trained(self) -> TrainedFolder:
        """Returns what is exported."""
        trained: TrainedFolder = self._trained.value
        return trained

    def logits(self, rows: Rows) -> tf.Tensor:
        """Returns the task's logits, float32."""
        return self.trained.model.logits(rows._asdict())

    def ids(self, **inputs: tf.Tensor) -> Outputs:
        """Returns the kind's outputs for token ids."""
        return self.of_rows(self.logits(Rows(**inputs)))

    def of_rows(self, logits: tf.Tensor) -> Outputs:
        """Returns outputs from the logits of rows."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Untracked:
    """Keeps a value out of what tf.Module looks through and saves."""

    value: Any


def classes(logits: tf.Tensor, names: tuple[str, ...]) -> Outputs:
    """Returns logits [..., L], their softmax, and the likeliest label."""
    best = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return {
        "logits": logits,
        "probabilities": tf.nn.softmax(logits),
        "labels": tf.gather(tf.constant(names), best),
    }
