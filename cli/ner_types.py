"""One binary tagger for each entity type, as BioBERTpt trained them."""

from __future__ import annotations

from absl import flags, logging

from cli import ner_inputs, ner_splits, run, task
from cli.once import model_name, run_once
from evaluation.scores import Score
from foundation import files
from foundation.errors import InputError
from reporting import per_entity, results
from tasks.corpus_views import type_folder, types_in


def run_types(fv: flags.FlagValues) -> int:
    """Trains and scores a tagger for each type; returns the exit code."""
    if not fv.do_train:
        raise InputError(
            "--one_tagger_per_type trains",
            got="--one_tagger_per_type without --do_train",
            expected="both",
            next_step="predict with one type's model: name its folder as "
            "--output_dir",
        )
    corpus = task.read_tagging(fv)
    split = ner_splits.train_split(fv, corpus)
    kinds = types_in(corpus, fv.data_dir, split=split)
    folders = {
        kind: files.join(fv.output_dir, type_folder(kind)) for kind in kinds
    }
    seed = run.find_seed(fv)
    run.open_folders(fv, [fv.output_dir, *folders.values()], seed=seed)
    scores: dict[str, Score] = {}
    asked = fv.entity_types
    for kind, folder in folders.items():
        logging.info("***** Entity type %s *****", kind)
        fv.entity_types = kind
        inputs = ner_inputs.read(fv, label_folder=folder)
        run_once(inputs, folder, seed=seed)
        if fv.do_predict:
            scores[kind] = per_entity.score_of_run(folder)
    fv.entity_types = asked
    run.write_flags(fv, fv.output_dir, seed=seed)
    by_type = {
        kind: results.read_headlines(folder) for kind, folder in folders.items()
    }
    print(results.write_runs(fv.output_dir, by_type, name="types"), end="")
    if scores:
        table = {model_name(inputs): scores}
        per_entity.write_per_entity(fv.output_dir, table)
        print(per_entity.per_entity_table(table), end="")
    return 0
