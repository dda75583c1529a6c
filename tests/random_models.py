"""Fine-tuned folders of every kind with random weights.

What the runners leave, written without training. The weights are large, so
that each text has an output of its own. A tagger's is written by
tests/random_tagger.py.
"""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np

from modeling.config import AlbertConfig, BertConfig, config_to_json
from preprocessing.marked_tokenizer import MarkedTokenizer, mark_entities
from tasks.catalog import CLASSIFIER, find_text_corpus
from tasks.class_labels import ClassLabels
from tasks.classification import ClassificationTask, TextOptions
from tasks.model_settings import vocabulary_name
from tasks.question_answering import SpanOptions, SpanTask
from tasks.question_settings import QuestionSettings
from tasks.task import Task
from tasks.text_settings import TextSettings
from tasks.yes_no_questions import YesNoOptions, YesNoTask

_STRENGTH = 0.5  # of weights; fresh ones have 0.02
NAMES = {
    "classes": ("no", "yes", "maybe"),
    "labels": ("sustained", "invasion", "immune", "none"),
    "score": (),
    "choice": ("A", "B", "C"),
}


def write_classifier(
    folder: pathlib.Path,
    config: BertConfig | AlbertConfig,
    vocabulary: pathlib.Path,
    *,
    kind: str,
    entity_format: str = "as_is",
    overflow: str = "truncate",
) -> pathlib.Path:
    """Writes what run_classifier.py or run_re.py leaves."""
    settings = TextSettings(
        **_common(config, vocabulary),
        overflow=overflow,
        doc_stride=None,
        pooling="mean",
        max_qa_length=20,
        threshold=0.4,
        entity_format=entity_format,
    )
    labels = ClassLabels(kind, NAMES[kind])
    settings.save(str(folder), vocabulary=str(vocabulary))
    labels.save(str(folder))
    tokenizer = settings.load_tokenizer(str(folder))
    if entity_format == "marker":
        tokenizer = mark_entities(tokenizer)
        assert isinstance(tokenizer, MarkedTokenizer)
        tokenizer.save(str(folder))
    task = ClassificationTask(
        find_text_corpus("text", CLASSIFIER),
        "",
        tokenizer=tokenizer,
        labels=labels,
        options=TextOptions(settings.limits),
    )
    return _write_model(folder, config, task)


def write_questions(
    folder: pathlib.Path,
    config: BertConfig | AlbertConfig,
    vocabulary: pathlib.Path,
    *,
    answer_type: str,
) -> pathlib.Path:
    """Writes what run_qa.py leaves."""
    settings = QuestionSettings(
        **_common(config, vocabulary),
        answer_type=answer_type,
        doc_stride=16,
        max_query_length=12,
        version_2_with_negative=False,
        all_windows=False,
    )
    settings.save(str(folder), vocabulary=str(vocabulary))
    pieces = settings.load_tokenizer(str(folder))
    task: Task
    if answer_type == "span":
        task = SpanTask(
            {}, tokenizer=pieces, options=SpanOptions(settings.limits)
        )
    else:
        task = YesNoTask(
            {}, tokenizer=pieces, options=YesNoOptions(settings.limits)
        )
    return _write_model(folder, config, task)


def _common(
    config: BertConfig | AlbertConfig, vocabulary: pathlib.Path
) -> dict[str, Any]:
    return {
        "vocabulary": vocabulary_name(str(vocabulary)),
        "lower_case": vocabulary.name != "vocab_cased_2k.txt",
        "strip_accents": None,
        "control_characters": "google",
        "max_seq_length": config.max_position_embeddings,
    }


def _write_model(
    folder: pathlib.Path, config: BertConfig | AlbertConfig, task: Task
) -> pathlib.Path:
    from inference.model import TaskModel
    from modeling.weights import tf1

    (folder / f"{config.family}_config.json").write_text(
        config_to_json(config), encoding="utf-8"
    )
    model = TaskModel(config, task, gelu_form="tanh", seed=7)
    rng = np.random.default_rng(7)
    for name, variable in model.variables.items():
        if "LayerNorm" not in name:
            variable.assign(rng.normal(0, _STRENGTH, variable.shape))
    tf1.write_bundle(
        str(folder / "model.ckpt-7"),
        {**model.variables, "global_step": np.int64(7)},
    )
    (folder / "checkpoint").write_text(
        'model_checkpoint_path: "model.ckpt-7"\n'
    )
    return folder
