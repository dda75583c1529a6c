"""What a CRF adds to a training step of a tagger.

  python benchmarks/ner_crf.py --model_dir=MINILM \
    --data_dir=../shared/data/ner/mtl-format/NCBI-disease-IOB

Updates two taggers in one process in turn, without and with a CRF, on 32
sentences of middle length, and prints the median of the ratios of neighbours:
what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

_BATCH_SIZE = 32
_WARMUP = 5  # pairs of steps left out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    for precision in ("float32", "bfloat16"):
        softmax, crf = timed(options, precision)
        pairs = zip(softmax, crf, strict=True)
        ratio = statistics.median(after / before for before, after in pairs)
        print(
            f"{precision}: softmax {1000 * min(softmax):.0f} ms at best, CRF "
            f"{1000 * min(crf):.0f}; CRF / softmax {ratio:.3f}"
        )


def timed(
    options: argparse.Namespace, precision: str
) -> tuple[list[float], list[float]]:
    """Returns the seconds of each step without and with a CRF."""
    task, softmax = load(options, precision, uses_crf=False)
    _, crf = load(options, precision, uses_crf=True)
    inputs = middle_batch(task)
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(_WARMUP + options.steps):
        for step, collected in zip((softmax, crf), seconds, strict=True):
            start = time.perf_counter()
            float(step(*inputs).loss)
            collected.append(time.perf_counter() - start)
    return seconds[0][_WARMUP:], seconds[1][_WARMUP:]


def load(options: argparse.Namespace, precision: str, *, uses_crf: bool):
    """Returns a task and the training step of a fresh model."""
    from inference.model import TaskModel
    from modeling.config import read_config
    from preprocessing.tokenization import load_wordpiece
    from tasks.catalog import find_corpus
    from tasks.labels import LabelMap
    from tasks.tagging import TaggingOptions, TaggingTask
    from tasks.tagging_features import Limits
    from training.optimizers import Optimizer
    from training.options import OptimizerOptions
    from training.step import TrainingFunctions, TrainingStep

    folder = options.model_dir
    task = TaggingTask(
        find_corpus("ner"),
        options.data_dir,
        tokenizer=load_wordpiece(f"{folder}/vocab.txt", lower_case=True),
        label_map=LabelMap(("O", "B-Disease", "I-Disease"), "word"),
        options=TaggingOptions(Limits(128, 63), uses_crf=uses_crf),
    )
    config = read_config(f"{folder}/config.json")
    model = TaskModel(config, task, gelu_form="erf", seed=1, dtype=precision)
    functions = TrainingFunctions(
        loss=model.loss,
        sums_loss=False,
        scales_loss=False,
        variables=list(model.trainable.values()),
        optimizer=Optimizer(model.trainable, OptimizerOptions()),
        specs={spec.name: spec.dtype for spec in task.feature_specs},
    )
    return task, TrainingStep(functions)


def middle_batch(task):
    """Returns a step's arguments: sentences of middle length."""
    import numpy as np
    import tensorflow as tf

    from preprocessing.pipeline import padded_length
    from training.step import StepInputs

    table = task.read("test").table
    order = np.argsort(table.lengths, kind="stable")
    rows = order[len(order) // 2 :][:_BATCH_SIZE]
    length = padded_length(int(table.lengths[rows].max()), maximum=128)
    batch = table.batch(rows, length=length)
    scalars = StepInputs(
        tf.constant(5e-5), tf.constant(1, tf.int64), tf.constant(1.0)
    )
    features = {name: tf.constant(v) for name, v in batch.items()}
    return [features], [tf.constant([1, 2])], scalars


if __name__ == "__main__":
    sys.exit(main())
