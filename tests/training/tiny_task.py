"""A task on random labels, for whole runs of a tiny model."""

from __future__ import annotations

import os

import tensorflow as tf

from modeling import crf
from modeling.losses import weighted_cross_entropy
from preprocessing.features import FeatureSpec, FeatureTable
from tasks.task import Split, Task
from tests.training.tiny_model import NUM_LABELS, SPECS, random_batch


class TinyTask(Task):
    """Tags pieces, with a CRF or without, or classifies rows.

    Args:
      head: "tags", "crf" or "pooler".
      at_score: called whenever a split is scored.
    """

    num_labels = NUM_LABELS
    headline = "f1"
    feature_specs = tuple(
        FeatureSpec(n, padding=-1 if "label" in n else 0) for n in SPECS
    )

    def __init__(self, head="tags", *, at_score=lambda: None) -> None:
        self.uses_pooler = head == "pooler"
        self.uses_crf = head == "crf"
        self._at_score = at_score

    def read(self, split: str) -> Split:
        """Makes 16 rows up."""
        batch = random_batch(16)
        rows = [{n: v[row] for n, v in batch.items()} for row in range(16)]
        return Split(
            name=split,
            examples=rows,
            table=FeatureTable(self.feature_specs, rows),
            files=[{"sha256": "0"}],
        )

    def logits(self, head, outputs):
        """Returns [B, S, labels], or [B, labels]."""
        if self.uses_pooler:
            return head(outputs.pooled_output)
        return head(outputs.sequence_output)

    def loss(self, head, logits, batch):
        """Returns the summed loss and the number of labels."""
        labels = batch["label_ids"]
        if self.uses_pooler:
            labels = labels[:, 0]
        weights = tf.cast(labels >= 0, tf.float32)
        if self.uses_crf:
            likelihood = crf.log_likelihood(
                *crf.gather_labelled(logits, labels),
                transitions=head.named[crf.TRANSITIONS],
                start=head.named[crf.START],
                end=head.named[crf.END],
            )
            return -tf.reduce_sum(likelihood), tf.reduce_sum(weights)
        return weighted_cross_entropy(logits, tf.maximum(labels, 0), weights)

    def decode(self, split, logits, head_weights):
        """Returns the logits."""
        del split, head_weights
        return logits

    def score(self, predictions):
        """Returns a number that depends on the weights."""
        self._at_score()
        return {"f1": float(predictions[0].sum())}

    def report(self, predictions):
        """Returns nothing to read."""
        del predictions
        return ""

    def write_predictions(self, predictions, output_dir):
        """Writes nothing."""
        del predictions, output_dir
        return []

    def save_labels(self, output_dir):
        """Makes the folder, as every task does."""
        os.makedirs(output_dir, exist_ok=True)
