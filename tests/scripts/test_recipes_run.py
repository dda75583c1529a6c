"""Recipes of published tables train, score and predict: tiny models.

Values that a tiny model cannot take are replaced (length, epochs, casing);
what goes with what is the recipe's.
"""

from __future__ import annotations

import json

import pytest

from reporting import experiments
from tasks import catalog
from tests import ner_runs, qa_runs, text_runs

RUNS = {
    "run_ner.py": ner_runs.run_flags,
    "run_classifier.py": lambda **given: text_runs.run_flags(
        "classifier", **given
    ),
    "run_re.py": lambda **given: text_runs.run_flags("relation", **given),
    "run_qa.py": qa_runs.run_flags,
}


def first_rows():
    """Maps each recipe to the first experiment that uses it."""
    found = {}
    for name in experiments.table_names():
        for row in experiments.find_table(name).experiments:
            found.setdefault(row.recipe, row)
    return found


ROWS = first_rows()
# One of each kind: a program with a head, a family and an optimizer. The others
# differ in numbers alone, and test_experiments.py parses them.
TRAINED = (
    "bioalbert_ner.flags",
    "bioalbert_qa.flags",
    "bioalbert_sts.flags",
    "biobert_ner.flags",
    "biobert_re.flags",
    "bluebert_hoc.flags",
    "clinicalbert_mednli.flags",
    "scibert_ner_constants.flags",
)


def data_of(row, fixtures_dir, tmp_path):
    """Returns the flags of an experiment's data, in miniature."""
    task = row.flags["task_name"]
    if row.program == "run_qa.py":
        path = qa_runs.write(tmp_path / "q.json", qa_runs.paragraphs(12))
        return {"train_file": path, "predict_file": path}
    if row.program == "run_ner.py":
        name = catalog.find_corpus(task).name
    else:
        script = "relation" if row.program == "run_re.py" else "classifier"
        name = catalog.find_text_corpus(task, script).name
    return {"data_dir": fixtures_dir / "corpora" / name}


def smaller(recipe, text):
    """Returns flags that make a run a small one."""
    given = {"max_seq_length": 48, "train_batch_size": 1, "seed": 1}
    if "train_step" in text:
        given |= {"train_step": 4, "warmup_step": 1}
    else:
        given["num_train_epochs"] = 8  # of a handful of rows
    if "doc_stride" in text:
        given |= {"max_query_length": 12, "doc_stride": 16}
    if recipe == "biobert_re.flags" or "bioalbert_re" in recipe:
        given["folds"] = ""
    return given


@pytest.mark.slow
@pytest.mark.parametrize("recipe", TRAINED)
def test_a_recipe_runs(
    recipe, root_dir, fixtures_dir, bert_dir, albert_dir, tmp_path
):
    row = ROWS[recipe]
    path = root_dir / "scripts" / "recipes" / recipe
    text = path.read_text("utf-8")
    model = {"init_checkpoint": bert_dir / "model.ckpt-1000000"}
    if recipe.startswith("bioalbert"):
        model = {"init_checkpoint": albert_dir / "model.ckpt-1000000"}
    else:
        model["do_lower_case"] = "true"  # as its vocabulary
    given = {
        "flagfile": path,
        **row.flags,
        **model,
        **data_of(row, fixtures_dir, tmp_path),
        **smaller(recipe, text),
        "output_dir": tmp_path / "out",
    }
    assert RUNS[row.program](**given) == 0
    found = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    scores = found["scores"]["test"]
    if row.program != "run_qa.py":  # scored by question, elsewhere
        assert -1 <= scores[row.headline] <= 1
    assert found["global_step"] > 0
