"""run_ner.py --predict_file: a trained tagger on raw text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tqdm
from absl import flags, logging

from cli import model_inputs, ner_inputs, ner_labels, once, run
from cli.ner_inputs import NerInputs
from foundation import files
from foundation.errors import InputError
from inference.documents import measure_input, read_blocks
from inference.entities import find_entities
from inference.entity_writers import write_entities
from tasks.catalog import find_corpus
from tasks.tagging import TaggingTask
from tasks.tagging_outputs import PREDICTIONS_FILE
from training.interruption import Interrupted, SignalGuard

if TYPE_CHECKING:
    from inference.tagger import EntityTagger


def run_text(fv: flags.FlagValues) -> int:
    """Tags the file that --predict_file names; returns the exit code."""
    _check(fv)
    fv.do_train = fv.do_eval = False
    fv.do_predict = True
    size = measure_input(fv.predict_file)
    inputs = _read(fv)
    tuning = once.start(inputs, fv.output_dir, seed=run.find_seed(fv))
    step = tuning.load_best()
    from inference.tagger import EntityTagger

    tagger = EntityTagger(tuning.model, inputs.task, tuning.run_batch)
    num_entities, paths = _tag_file(fv, tagger, size.num_characters)
    documents = "document" if size.num_documents == 1 else "documents"
    print(
        f"{num_entities} entities in {size.num_documents} {documents}, "
        f"{size.num_characters} characters (checkpoint of step {step}):"
    )
    if tagger.num_words_cut:
        print(
            f"Cut off by --max_seq_length={fv.max_seq_length}: "
            f"{tagger.num_words_cut} words; --overflow=window loses none"
        )
    for path in paths:
        print(f"  {path}")
    return 0


def _tag_file(
    fv: flags.FlagValues, tagger: EntityTagger, num_characters: int
) -> tuple[int, tuple[str, ...]]:
    """Returns the number of entities found, and the files they are in."""
    kept = files.join(fv.output_dir, PREDICTIONS_FILE)
    if files.exists(kept):
        logging.warning("%s is of an earlier prediction; replaced.", kept)
    num_entities = 0
    with (
        SignalGuard() as guard,
        tqdm.tqdm(
            total=num_characters,
            desc="tagging",
            unit="char",
            unit_scale=True,
            disable=None,  # quiet when not a terminal
        ) as bar,
        write_entities(fv.output_dir, fv.predict_file) as writers,
    ):
        for tagged in find_entities(read_blocks(fv.predict_file), tagger.tag):
            if guard.received is not None:  # writers leave nothing behind
                raise Interrupted(guard.received, "Wrote nothing")
            writers.add(tagged)
            num_entities += len(tagged.entities)
            bar.update(len(tagged.block.text))
    return num_entities, writers.paths


def _check(fv: flags.FlagValues) -> None:
    asked = {
        "do_train": fv.do_train,
        "do_eval": fv.do_eval,
        "num_seeds": fv.num_seeds > 1,
        "cross_val_sz": fv.cross_val_sz,
        "one_tagger_per_type": fv.one_tagger_per_type,
        "entity_types": fv.entity_types,
    }
    for name, is_asked in asked.items():
        if is_asked and fv[name].present:  # --do_train is on by default
            raise InputError(
                "--predict_file is for a model that is trained already",
                got=f"--predict_file with --{name}={fv[name].value}",
                expected="one of the two",
                next_step="run without --predict_file first; then name the "
                "folder of the model to use and leave these flags out",
            )


def _read(fv: flags.FlagValues) -> NerInputs:
    """Reads what the model was trained with; there is no corpus."""
    model_flags, pieces = ner_inputs.read_model(fv, fv.output_dir)
    labels = ner_labels.labels_of_model(
        fv, model_inputs.model_folders(fv, fv.output_dir)
    )
    tagger = TaggingTask(
        find_corpus(fv.task_name),
        "",
        tokenizer=pieces,
        label_map=labels,
        options=ner_inputs.read_options(fv, labels, []),
    )
    return NerInputs(fv, model_flags, pieces, tagger, {})
