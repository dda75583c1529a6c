"""Times tagging a test split with the kit; prints one JSON line.

Timed: words in memory to one tag a word (pieces, forward pass, decoding), as
`pipeline("ner")` is timed in `ner_prediction_transformers.py`. Not timed:
reading the file, loading the model, compiling.
"""

from __future__ import annotations

import argparse
import dataclasses
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

    from modeling.config import read_config
    from modeling.weights import huggingface, matching
    from preprocessing.tokenization import load_wordpiece
    from tasks.catalog import find_corpus
    from tasks.corpus import read_split
    from tasks.labels import LabelMap
    from tasks.tagging import TaggingTask
    from training.model import FineTuningModel
    from training.prediction import Predictor

    corpus = find_corpus("ner")
    task = TaggingTask(
        corpus,
        options.data_dir,
        tokenizer=load_wordpiece(
            f"{options.model_dir}/vocab.txt", lower_case=True
        ),
        label_map=LabelMap(("O", "B-Disease", "I-Disease"), "word"),
        max_seq_length=128,
    )
    model = FineTuningModel(
        read_config(f"{options.model_dir}/config.json"),
        task,
        gelu_form="erf",
        seed=1,
        dtype=options.precision,
    )
    source = huggingface.open_huggingface(options.model_dir)
    matching.load(source, model.variables)
    predictor = Predictor(model, per_piece=True)
    sentences, used = read_split(corpus, options.data_dir, "test")
    warm = sentences[:32]
    run(task, predictor, warm, [dataclasses.replace(used[0], num_sentences=32)])
    start = time.perf_counter()
    predictions = run(task, predictor, sentences, used)
    seconds = time.perf_counter() - start
    assert len(predictions.sentences) == len(sentences)
    result = {
        "what": f"kit, {options.precision}",
        "sentences": len(sentences),
        "seconds": round(seconds, 3),
        "sentences_per_second": round(len(sentences) / seconds, 2),
    }
    print(json.dumps(result))


def run(task, predictor, sentences, used):
    """Returns the predictions for sentences of words."""
    split = task.featurize("test", sentences, used)
    logits = predictor.logits(split.table, max_seq_length=128)
    return task.decode(split, logits)


if __name__ == "__main__":
    main()
