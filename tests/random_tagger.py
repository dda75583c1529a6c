"""A tagger's folder with random weights that finds entities everywhere.

What run_ner.py leaves, written without training. The head's weights are large,
so that each word's tag depends on its pieces and their neighbours.
"""

from __future__ import annotations

import pathlib

import numpy as np

from modeling.config import AlbertConfig, BertConfig, config_to_json
from tasks.catalog import find_corpus
from tasks.labels import LabelMap
from tasks.model_settings import vocabulary_name
from tasks.tagger_settings import TaggerSettings
from tasks.tagging import TaggingOptions, TaggingTask

LABELS = LabelMap(("O", "B-Sign", "I-Sign", "B-Drug", "I-Drug"), "word")
_STRENGTH = 3.0  # of the head; a fresh one has 0.02


def write_tagger(
    folder: pathlib.Path,
    config: BertConfig | AlbertConfig,
    vocabulary: pathlib.Path,
    *,
    lower_case: bool,
    max_seq_length: int = 64,
    uses_crf: bool = False,
    step: int = 7,
) -> pathlib.Path:
    """Writes all that `load_tagger` reads; returns the folder."""
    from inference.model import TaskModel
    from modeling.weights import tf1

    folder.mkdir(parents=True, exist_ok=True)
    settings = TaggerSettings(
        vocabulary=vocabulary_name(str(vocabulary)),
        lower_case=lower_case,
        strip_accents=None,
        control_characters="any",
        max_seq_length=max_seq_length,
        doc_stride=(max_seq_length - 2) // 2,
        repairs_tags=True,
        uses_crf=uses_crf,
    )
    settings.save(str(folder), vocabulary=str(vocabulary))
    LABELS.save(str(folder))
    (folder / f"{config.family}_config.json").write_text(
        config_to_json(config), encoding="utf-8"
    )
    task = TaggingTask(
        find_corpus("ner"),
        "",
        tokenizer=settings.load_tokenizer(str(folder)),
        label_map=LABELS,
        options=TaggingOptions(settings.limits, uses_crf=uses_crf),
    )
    model = TaskModel(config, task, gelu_form="tanh", seed=step)
    rng = np.random.default_rng(step)
    for variable in model.head.named.values():
        variable.assign(rng.normal(0, _STRENGTH, variable.shape))
    tf1.write_bundle(
        str(folder / f"model.ckpt-{step}"),
        {**model.variables, "global_step": np.int64(step)},
    )
    (folder / "checkpoint").write_text(
        f'model_checkpoint_path: "model.ckpt-{step}"\n'
    )
    return folder
