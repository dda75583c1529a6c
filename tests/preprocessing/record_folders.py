"""Record files of random instances, for tests of what reads them."""

import dataclasses

import numpy as np

from preprocessing.manifest import Manifest
from preprocessing.manifest_writing import save_manifest
from preprocessing.records import (
    RecordFormat,
    feature_lengths,
    write_records,
)
from tests.preprocessing.record_tables import random_features, table_of

S, P = 16, 4


class Folder:
    """Files of records, and their features in the order of the files."""

    def __init__(
        self, folder, counts, *, padded=True, gzip=False, seed=1, prefix="part"
    ):
        self.features = random_features(sum(counts), seq=S, preds=P, seed=seed)
        self.format = RecordFormat(S, P, padded=padded, gzip=gzip)
        table = table_of(self.features, np.int32)
        self.lengths = feature_lengths(table, self.format)
        self.paths, self.written = [], []
        for i, end in enumerate(np.cumsum(counts)):
            path = str(folder / f"{prefix}{i}.tfrecord")
            rows = np.arange(end - counts[i], end)
            self.paths.append(path)
            self.written += write_records(
                table, rows, [path], record_format=self.format
            )

    def save_manifest(self, **changes):
        manifest = Manifest(
            family="albert",
            vocab_sha256="ab" * 32,
            do_lower_case=True,
            max_seq_length=S,
            max_predictions_per_seq=P,
            features=self.lengths,
            padded=self.format.padded,
            gzip=self.format.gzip,
            random_seed=1,
            flags={"objective": "sentence_pairs", "input_file": "a.txt"},
        )
        manifest = dataclasses.replace(manifest, **changes)
        save_manifest(manifest, self.written)
        return manifest


def damage(path, *, at=-20):
    """Flips a byte."""
    with open(path, "r+b") as file:
        file.seek(at, 2 if at < 0 else 0)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 0x10]))
