"""Times tagging a test split with the kit; prints one JSON line.

Timed: words in memory to one tag a word (pieces, forward pass, decoding), as
`pipeline("ner")` is timed in `ner_prediction_transformers.py`. Not timed:
reading the file, loading the model, compiling.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import time

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--precision", default="float32")
    options = parser.parse_args()
    loaded = load(options)
    from tasks.corpus import read_split

    corpus = loaded[0].corpus
    sentences, used = read_split(corpus, options.data_dir, "test")
    tag = functools.partial(tagged, loaded)
    tag(sentences[:32], used)
    start = time.perf_counter()
    predictions = tag(sentences, used)
    seconds = time.perf_counter() - start
    assert len(predictions.sentences) == len(sentences)
    result = {
        "what": f"kit, {options.precision}",
        "sentences": len(sentences),
        "seconds": round(seconds, 3),
        "sentences_per_second": round(len(sentences) / seconds, 2),
    }
    print(json.dumps(result))


def load(options: argparse.Namespace):
    """Returns a task, its model with the weights, and the forward pass."""
    from inference.forward import Forward
    from inference.model import TaskModel
    from modeling.config import read_config
    from modeling.weights import huggingface, matching
    from preprocessing.tokenization import load_wordpiece
    from tasks.catalog import find_corpus
    from tasks.labels import LabelMap
    from tasks.tagging import TaggingOptions, TaggingTask
    from tasks.tagging_features import Limits

    folder = options.model_dir
    task = TaggingTask(
        find_corpus("ner"),
        options.data_dir,
        tokenizer=load_wordpiece(f"{folder}/vocab.txt", lower_case=True),
        label_map=LabelMap(("O", "B-Disease", "I-Disease"), "word"),
        options=TaggingOptions(Limits(128, doc_stride=63)),
    )
    model = TaskModel(
        read_config(f"{folder}/config.json"),
        task,
        gelu_form="erf",
        seed=1,
        dtype=options.precision,
    )
    matching.load(huggingface.open_huggingface(folder), model.variables)
    return task, model, Forward(model, per_piece=True)


def tagged(loaded, sentences, used):
    """Returns the predictions for sentences of words."""
    task, model, forward = loaded
    split = task.featurize("test", sentences, used)
    logits = forward.logits(split.table, max_seq_length=128)
    return model.predict(split, logits)


if __name__ == "__main__":
    main()
