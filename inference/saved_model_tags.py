"""A saved model that tags the words of sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import tensorflow as tf

from inference.graph_characters import CharacterOps
from inference.graph_rows import lengths_of
from inference.graph_sentences import (
    cut_sentences,
    find_words,
    pieces_of_words,
)
from inference.graph_tags import best_paths, marginals, repaired_paths
from inference.saved_model_task import (
    TEXT,
    ExportedTask,
    Outputs,
    Untracked,
    classes,
)
from inference.trained_folder import TrainedFolder
from tasks.decoding import iob2_transitions
from tasks.labels import SPECIAL_LABELS
from tasks.tag_decoder import crf_of
from tasks.tag_schemes import OUTSIDE
from tasks.tagger_settings import TaggerSettings


class ExportedTags(ExportedTask):
    """A tag for each word of a sentence."""

    text_inputs: ClassVar[Mapping[str, tf.TensorSpec]] = {"text": TEXT}

    def __init__(self, trained: TrainedFolder, *, with_text: bool) -> None:
        super().__init__(trained, with_text=with_text)
        self._ops = CharacterOps(compatibility=False) if with_text else None
        self._crf = Untracked(crf_of(trained.model.head_weights()))

    def of_rows(self, logits: tf.Tensor) -> Outputs:
        """Returns logits [B, S, L]; without a CRF labels, too."""
        outputs = {"logits": logits}
        if self._crf.value is None:
            outputs = classes(logits, self.trained.labels)
        return outputs

    def text(self, **inputs: tf.Tensor) -> Outputs:
        """Returns words, tags and probabilities, [N, W], of sentences."""
        settings, texts = self.trained.settings, inputs["text"]
        assert isinstance(settings, TaggerSettings)
        words = find_words(texts, self._ops)
        pieces = pieces_of_words(
            texts,
            words,
            tokenizer=self.tokenizer,
            unk_id=self.trained.tokenizer.unk_id,
        )
        parts, found = cut_sentences(pieces, limits=settings.limits)
        rows = self.frame(parts.of(pieces.merge_dims(1, 2)))
        logits = self.logits(rows)
        of_words = tf.gather_nd(
            logits, tf.stack([found.rows, found.places], axis=1)
        )
        dense = tf.RaggedTensor.from_row_lengths(
            of_words, found.counts
        ).to_tensor(shape=[None, None, len(self.trained.labels)])
        starts = words.starts.to_tensor(-1)
        num_words = lengths_of(words.starts)
        tags, probabilities = self._decode(
            dense, found.counts, tf.shape(starts)[1]
        )
        return {
            "words": _substrings(texts, words.starts, words.ends),
            "starts": starts,
            "ends": words.ends.to_tensor(-1),
            "tags": tf.where(starts >= 0, tags, ""),
            "probabilities": probabilities,
            "num_words": num_words,
            "num_words_cut": num_words - found.counts,
        }

    def _decode(
        self, logits: tf.Tensor, counts: tf.Tensor, width: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns tags and their probabilities, [N, width]."""
        settings, labels = self.trained.settings, self.trained.labels
        assert isinstance(settings, TaggerSettings)
        more = width + 2 - tf.shape(logits)[1]  # see graph_tags
        scores = tf.pad(
            tf.cast(logits, tf.float64), [[0, 0], [0, more], [0, 0]]
        )
        crf = self._crf.value
        rules = iob2_transitions(labels)
        if crf is not None:
            shares = marginals(scores, counts, transitions=crf)
            if settings.repairs_tags:
                crf = rules.with_scores(
                    start=crf.start, between=crf.between, end=crf.end
                )
            paths = best_paths(scores, counts, transitions=crf)
        else:
            scores = tf.nn.log_softmax(scores)
            shares = tf.exp(scores)
            paths = tf.argmax(scores, axis=2, output_type=tf.int32)
            if settings.repairs_tags:
                paths = repaired_paths(scores, counts, rules=rules)
        names = [OUTSIDE if n in SPECIAL_LABELS else n for n in labels]
        is_kept = tf.sequence_mask(counts, width)
        paths, shares = paths[:, :width], shares[:, :width]
        chosen = tf.gather(shares, paths, batch_dims=2)
        return (
            tf.where(is_kept, tf.gather(tf.constant(names), paths), OUTSIDE),
            tf.where(is_kept, tf.cast(chosen, tf.float32), 0.0),
        )


def _substrings(
    texts: tf.Tensor, starts: tf.RaggedTensor, ends: tf.RaggedTensor
) -> tf.Tensor:
    """Returns the stretches of texts, string [N, W], "" as padding."""
    found = tf.strings.substr(
        tf.gather(texts, starts.value_rowids()),
        starts.values,
        ends.values - starts.values,
        unit="UTF8_CHAR",
    )
    return starts.with_values(found).to_tensor("")
