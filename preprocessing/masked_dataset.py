"""Files of records without masks -> a tf.data.Dataset of masked batches.

TensorFlow reads and parses, several threads at once; dynamic_masking.py draws
the masks, without Python's lock. What is drawn depends on (seed, epoch,
record) alone, so records may be shuffled, cut into shards and batched at will.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundation import files
from preprocessing.dynamic_masking import DynamicMasker, MaskedRows, TokenRows
from preprocessing.manifest import Manifest

_LABELS = "next_sentence_labels"
_IDS, _BOUNDARY = "input_ids", "token_boundary"
_TYPES = dict.fromkeys(MaskedRows._fields, "int32")
_TYPES["masked_lm_weights"] = "float32"


@dataclass(frozen=True)
class TokenRecords:
    """A set of records without masks (its manifest says all of this).

    Attributes:
      files: path -> number of records, in the order that numbers them: the
        first record of a file comes after the last of the file before.
      features: names of the features that each record has.
      gzip: whether the files are compressed.
    """

    files: Mapping[str, int]
    features: Collection[str]
    gzip: bool = False

    @classmethod
    def of(cls, manifest: Manifest, folder: str) -> TokenRecords:
        """Returns the records of a manifest in a folder."""
        paths = {
            files.join(folder, file.name): file.num_records
            for file in manifest.files
        }
        return cls(paths, manifest.features, manifest.gzip)


def numbered_records(records: TokenRecords) -> Any:
    """Returns all records with their indices, in their order.

    Returns:
      tf.data.Dataset of (int64 [], a serialized Example). Reading fails
      where a file has more or fewer records than `records` says.
    """
    import tensorflow as tf

    counts = np.array(list(records.files.values()), np.int64)
    starts = np.cumsum(counts) - counts
    compression = "GZIP" if records.gzip else ""

    def read(path: Any, start: Any, count: Any) -> Any:
        data = tf.data.TFRecordDataset(path, compression_type=compression)
        return data.apply(
            tf.data.experimental.assert_cardinality(count)
        ).enumerate(start)

    sources = list(records.files), starts, counts
    return tf.data.Dataset.from_tensor_slices(sources).flat_map(read)


class BatchMasker:
    """Parses and masks batches, inside a graph.

    Args:
      features: of each record, padded or not.
      masker: draws the masks.
      seed: of all masks.
      seq_length: S; None = the records'. Rows must not be longer.
    """

    def __init__(
        self,
        features: Collection[str],
        masker: DynamicMasker,
        *,
        seed: int,
        seq_length: int | None = None,
    ) -> None:
        self._names = tuple(features)
        self._masker = masker
        self._seed = seed
        self._width = masker.seq_length if seq_length is None else seq_length

    def __call__(
        self, records: Any, epochs: Any, serialized: Any
    ) -> dict[str, Any]:
        """Returns a batch.

        Args:
          records: int64 [B]: the index of each.
          epochs: int64 [B] or []: whose masks.
          serialized: Examples [B].

        Returns:
          Features by name: those of the records, and `MaskedRows`. int32
          [B, S], [B, P] and [B, 1]; masked_lm_weights are float32.
        """
        import tensorflow as tf

        parsed = self._parsed(serialized)
        ids, mask = parsed.pop(_IDS), parsed["input_mask"]
        lengths = tf.reduce_sum(mask, axis=1)
        arrays = [ids.values, ids.row_starts(), lengths]
        if _BOUNDARY in parsed:
            arrays.append(parsed[_BOUNDARY].values)
        drawn = tf.numpy_function(
            self._draw,
            [records, epochs, *arrays],
            list(_TYPES.values()),
            stateful=False,
        )
        batch = {
            name: tf.cast(self._padded(values), tf.int32)
            for name, values in parsed.items()
        }
        for name, values in zip(_TYPES, drawn, strict=True):
            width = self._width
            if name != _IDS:
                width = self._masker.num_predictions
            shape = [serialized.shape[0], width]
            batch[name] = tf.ensure_shape(values, shape)
        return batch

    def _parsed(self, serialized: Any) -> dict[str, Any]:
        """Returns ragged int64 [B, n] by name, and labels [B, 1]."""
        import tensorflow as tf

        ragged = tf.io.RaggedFeature(tf.int64, row_splits_dtype=tf.int64)
        kinds = dict.fromkeys(self._names, ragged)
        if _LABELS in kinds:
            kinds[_LABELS] = tf.io.FixedLenFeature([1], tf.int64)
        parsed: dict[str, Any] = tf.io.parse_example(serialized, kinds)
        return parsed

    def _padded(self, values: Any) -> Any:
        if hasattr(values, "to_tensor"):
            return values.to_tensor(shape=[None, self._width])
        return values

    def _draw(
        self, records: np.ndarray, epochs: np.ndarray, *arrays: np.ndarray
    ) -> MaskedRows:
        return self._masker.mask(
            TokenRows(*arrays),
            records,
            seed=self._seed,
            epoch=epochs,
            seq_length=self._width,
        )


def masked_batches(
    records: TokenRecords,
    masker: DynamicMasker,
    *,
    batch_size: int,
    seed: int,
    epoch: int,
    drop_remainder: bool = False,
    arrange: Callable[[Any], Any] | None = None,
) -> Any:
    """Returns the masked batches of one epoch.

    Args:
      records: what is read.
      masker: draws the masks.
      batch_size: B.
      seed: of all masks.
      epoch: whose masks they are, from 0.
      drop_remainder: whether a short last batch is left out, so that B is
        static.
      arrange: shuffles the `numbered_records`, say, or takes a shard.

    Returns:
      tf.data.Dataset of what `BatchMasker` gives; always in one order.
    """
    import tensorflow as tf

    data = numbered_records(records)
    if arrange is not None:
        data = arrange(data)
    mask = BatchMasker(records.features, masker, seed=seed)
    epoch_tensor = tf.constant(epoch, tf.int64)
    return (
        data.batch(batch_size, drop_remainder=drop_remainder)
        .map(
            lambda indices, serialized: mask(indices, epoch_tensor, serialized),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        .prefetch(tf.data.AUTOTUNE)
    )
