"""Pretraining data by a plain Python program: what the kit is timed against.

  python benchmarks/pretraining_data_reference.py --family=bert \
    --input_file=corpus.txt --output_file=out.tfrecord --vocab_file=vocab.txt

The algorithm of google-research/bert and google-research/albert, written from
its description: lists of strings, one `random.Random`, one pass, everything in
memory, no compiled code but SentencePiece's, flags looked up where they act.
Same flags, same records in the same order. (ALBERT's n-gram sizes come from
numpy seeded with --random_seed; there it was never seeded.) The last line
printed is JSON: instances, and the processor's seconds in each phase.
"""

from __future__ import annotations

import itertools
import json
import pathlib
import random
import sys
import time
from typing import Any, NamedTuple

from absl import app, flags

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from pretraining_data_reference_masks import AlbertMasks, BertMasks
from pretraining_data_reference_records import write_instances
from pretraining_data_reference_text import (
    SentencePiece,
    WordPiece,
    load_tokenizer,
    read_documents,
)

FLAGS = flags.FLAGS

# What a flag is where it is not given: BERT's script, ALBERT's script.
_DEFAULTS: dict[str, tuple[Any, Any]] = {
    "do_lower_case": (True, True),
    "do_whole_word_mask": (False, True),
    "do_permutation": (False, False),
    "favor_shorter_ngram": (True, True),
    "random_next_sentence": (False, False),
    "max_seq_length": (128, 512),
    "max_predictions_per_seq": (20, 20),
    "ngram": (1, 3),
    "random_seed": (12345, 12345),
    "dupe_factor": (10, 40),
    "masked_lm_prob": (0.15, 0.15),
    "short_seq_prob": (0.1, 0.1),
}


class Instance(NamedTuple):
    """One example, as strings; nothing is padded yet."""

    tokens: list[str]  # masked, with [CLS] and [SEP]
    segment_ids: list[int]
    masked_positions: list[int]
    masked_labels: list[str]
    next_sentence_label: int
    token_boundary: list[int] | None  # ALBERT's


class PairMaker:
    """Documents -> sentence pairs -> masked instances, in the order drawn."""

    def __init__(
        self,
        documents: list[list[list[str]]],
        masks: BertMasks | AlbertMasks,
        *,
        rng: random.Random,
    ) -> None:
        self.documents = documents
        self.masks = masks
        self.rng = rng
        self.longest = FLAGS.max_seq_length - 3  # [CLS], [SEP], [SEP]

    def instances(self, index: int) -> list[Instance]:
        """Returns the instances of one document in one pass."""
        target = self.longest
        if self.rng.random() < FLAGS.short_seq_prob:
            target = self.rng.randint(2, self.longest)
        document = self.documents[index]
        instances, chunk, length = [], [], 0
        i = 0
        while i < len(document):
            chunk.append(document[i])
            length += len(document[i])
            if i == len(document) - 1 or length >= target:
                a, b, label, num_unused = self._pair(
                    chunk, target=target, index=index
                )
                i -= num_unused
                instances.append(self._instance(a, b, label))
                chunk, length = [], 0
            i += 1
        return instances

    def _pair(
        self, chunk: list[list[str]], *, target: int, index: int
    ) -> tuple[list[str], list[str], int, int]:
        """Returns A, B, the label, how many sentences are to be read again."""
        end = 1
        if len(chunk) > 1:
            end = self.rng.randint(1, len(chunk) - 1)
        a = [token for sentence in chunk[:end] for token in sentence]
        b = [token for sentence in chunk[end:] for token in sentence]
        # A lone sentence has no continuation, ALBERT's neither: no draw.
        drawn = len(chunk) == 1 or self.rng.random() < 0.5
        if not drawn:
            return a, b, 0, 0
        sentence_order = (
            FLAGS.family == "albert" and not FLAGS.random_next_sentence
        )
        if len(chunk) > 1 and sentence_order:
            return b, a, 1, 0
        b = self._random_next(target - len(a), index)
        return a, b, 1, len(chunk) - end

    def _random_next(self, length: int, index: int) -> list[str]:
        for _ in range(10):  # as often as the originals try
            other = self.rng.randint(0, len(self.documents) - 1)
            if other != index:
                break
        document = self.documents[other]
        b: list[str] = []
        for j in range(self.rng.randint(0, len(document) - 1), len(document)):
            b.extend(document[j])
            if len(b) >= length:
                break
        return b

    def _instance(self, a: list[str], b: list[str], label: int) -> Instance:
        self._truncate(a, b)
        tokens = ["[CLS]", *a, "[SEP]", *b, "[SEP]"]
        segment_ids = [0] * (len(a) + 2) + [1] * (len(b) + 1)
        tokens, masked, boundary = self.masks.mask(tokens)
        return Instance(
            tokens=tokens,
            segment_ids=segment_ids,
            masked_positions=[position for position, _ in masked],
            masked_labels=[token for _, token in masked],
            next_sentence_label=label,
            token_boundary=boundary,
        )

    def _truncate(self, a: list[str], b: list[str]) -> None:
        while len(a) + len(b) > self.longest:
            longer = a if len(a) > len(b) else b
            if self.rng.random() < 0.5:
                del longer[0]
            else:
                longer.pop()


def main(arguments: list[str]) -> None:
    """Makes the records that the flags ask for."""
    if len(arguments) > 1:
        sys.exit(f"flags only, got {len(arguments) - 1} other arguments")
    _complete_flags()
    tokenizer = load_tokenizer()
    ticks = [time.process_time()]
    documents = read_documents(FLAGS.input_file, tokenizer)
    ticks.append(time.process_time())
    instances = _all_instances(documents, tokenizer)
    ticks.append(time.process_time())
    write_instances(instances, FLAGS.output_file.split(","), ids=tokenizer.ids)
    ticks.append(time.process_time())
    result = {"instances": len(instances)}
    phases = ("tokenizing", "instances", "writing")
    for phase, (start, end) in zip(
        phases, itertools.pairwise(ticks), strict=True
    ):
        result[f"{phase}_seconds"] = round(end - start, 2)
    print(json.dumps(result))


def _all_instances(
    documents: list[list[list[str]]], tokenizer: WordPiece | SentencePiece
) -> list[Instance]:
    rng = random.Random(FLAGS.random_seed)
    rng.shuffle(documents)
    kind = AlbertMasks if FLAGS.family == "albert" else BertMasks
    maker = PairMaker(documents, kind(tokenizer, rng), rng=rng)
    instances = []
    for _ in range(FLAGS.dupe_factor):
        for index in range(len(documents)):
            instances.extend(maker.instances(index))
    rng.shuffle(instances)
    return instances


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this program's flags."""
    own = {"flag_values": fv}
    families = ["bert", "albert"]
    flags.DEFINE_enum("family", None, families, "default: by model", **own)
    for name, default, text in (
        ("input_file", None, "globs, comma between them"),
        ("output_file", None, "paths, comma between them"),
        ("vocab_file", None, "WordPiece vocabulary"),
        ("spm_model_file", "", "SentencePiece model (ALBERT)"),
    ):
        flags.DEFINE_string(name, default, text, **own)
    flags.mark_flags_as_required(["input_file", "output_file"], **own)
    define = {
        bool: flags.DEFINE_bool,
        int: flags.DEFINE_integer,
        float: flags.DEFINE_float,
    }
    for name, (bert, albert) in _DEFAULTS.items():
        text = f"BERT: {bert}; ALBERT: {albert}"
        define[type(bert)](name, None, text, **own)


def _complete_flags() -> None:
    """Gives flags that are not set the family's defaults."""
    if FLAGS.family is None:
        FLAGS.family = "albert" if FLAGS.spm_model_file else "bert"
    for name, (bert, albert) in _DEFAULTS.items():
        FLAGS.set_default(name, albert if FLAGS.family == "albert" else bert)


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    app.run(main)
