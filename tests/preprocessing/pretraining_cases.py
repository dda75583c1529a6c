"""Recorded runs of the original programs, and corpora for tests."""

import itertools
import json
from types import SimpleNamespace

import numpy as np

from preprocessing.instances import InstanceOptions
from preprocessing.sentence_piece import preprocess_text
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from preprocessing.vocabulary_facts import mark_unknown

FLAGS = (
    "family",
    "random_seed",
    "dupe_factor",
    "max_seq_length",
    "max_predictions_per_seq",
)


class Case:
    """A recorded run: its options, tokenizer, files and records."""

    def __init__(self, folder, name, *, vocabularies, texts):
        flags = json.loads((folder / f"{name}.json").read_bytes())
        other = dict(flags["other_flags"])
        lower_case = other.pop("do_lower_case", True)
        other.setdefault("do_whole_word_mask", flags["family"] == "albert")
        self.options = InstanceOptions(
            **{flag: flags[flag] for flag in FLAGS}, **other
        )
        self.num_instances = flags["instances"]
        if flags["spm_model_file"]:
            model = str(vocabularies / flags["spm_model_file"])
            self.tokenizer = load_sentencepiece(model, lower_case=lower_case)
        else:
            vocabulary = str(vocabularies / flags["vocab_file"])
            self.tokenizer = load_wordpiece(vocabulary, lower_case=lower_case)
        self.paths = [
            next(p / n for p in texts if (p / n).exists())
            for n in flags["input_file"].split(",")
        ]
        with np.load(folder / f"{name}.npz") as records:
            self.records = dict(records)


def read_documents(paths, tokenizer):
    """Returns documents of sentences of ids: the originals' loop."""
    documents = [[]]
    for path in paths:
        lines = path.read_bytes().decode().replace("\r", "").split("\n")
        for line in lines if lines[-1] else lines[:-1]:
            if tokenizer.family == "albert":
                line = preprocess_text(line, lower_case=tokenizer.lower_case)
                ids = marked_ids(line, tokenizer)
            else:
                line = line.strip()
                ids = tokenizer.encode(line)
            if not line:
                documents.append([])
            if ids:
                documents[-1].append(ids)
    return [document for document in documents if document]


def marked_ids(text, tokenizer):
    """Ids of a cleaned text, with V for unknown pieces inside words."""
    pieces = []
    for piece in tokenizer.processor.encode(text, out_type=str):
        if len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit():
            number = piece[:-1].replace("▁", "")
            pieces += [*tokenizer.processor.encode(number, out_type=str), ","]
        else:
            pieces.append(piece)
    return mark_unknown(
        tokenizer.encode(text),
        pieces,
        unk_id=tokenizer.unk_id,
        vocab_size=tokenizer.vocab_size,
    )


def pack(documents, dtype=np.uint16):
    """Returns a corpus, as preprocessing.documents makes them."""
    sentences = list(itertools.chain.from_iterable(documents))
    return SimpleNamespace(
        pieces=np.array([*itertools.chain.from_iterable(sentences)], dtype),
        sentence_starts=np.cumsum([0, *map(len, sentences)]),
        document_starts=np.cumsum([0, *map(len, documents)]),
    )


def padded_features(table, order, options):
    """Returns the features of all records, as the originals write them."""
    features = {}
    lengths = np.diff(table.starts)[order]
    size = options.max_seq_length
    columns = np.arange(size)
    mask = columns < lengths[:, None]
    second = columns >= table.segment_b[order][:, None]
    features["input_mask"] = mask.astype(np.int32)
    features["segment_ids"] = (mask & second).astype(np.int32)
    features["input_ids"] = padded(table.input_ids, table.starts, order, size)
    if table.token_boundary is not None:
        features["token_boundary"] = padded(
            table.token_boundary, table.starts, order, size
        )
    size = options.max_predictions_per_seq * (1 + options.do_permutation)
    for name in ("masked_lm_positions", "masked_lm_ids"):
        features[name] = padded(
            getattr(table, name), table.masked_starts, order, size
        )
    counts = np.diff(table.masked_starts)[order]
    weights = np.arange(size) < counts[:, None]
    features["masked_lm_weights"] = weights.astype(np.float32)
    labels = table.next_sentence_labels[order]
    features["next_sentence_labels"] = labels[:, None].astype(np.int32)
    return features


def padded(values, starts, order, size):
    rows = np.zeros((len(order), size), np.int32)
    for row, i in zip(rows, order, strict=True):
        part = values[starts[i] : starts[i + 1]]
        row[: len(part)] = part
    return rows


def rows_of(values, starts):
    """Returns the parts of a flat array, one list each."""
    return [
        values[start:end].tolist()
        for start, end in itertools.pairwise(starts.tolist())
    ]
