import json

import pytest

from evaluation.entities import score_entities
from evaluation.scores import Score
from foundation.errors import InputError
from reporting.per_entity import (
    per_entity_row,
    per_entity_table,
    per_entity_tsv,
    score_of_run,
)

# Three of the columns of the table in BioBERTpt's README.
PUBLISHED = """\
|Entity / Model|Disorders|ChemicalDrugs|Procedures|
|------|------|------|------|
|BERT multilingual cased|0.7823|0.9010|0.6744|
|BioBERtpt (clin)|0.7805|**0.9109**|0.6855|
|BioBERtpt (all)|**0.7913**|0.9042|**0.7032**|
"""
SCORE = Score(0.5, 0.25, 1 / 3, gold=8, found=4, correct=2)


def with_f1(f1):
    return Score(f1, f1, f1, gold=1, found=1, correct=1)


def test_the_published_table():
    types = ["Disorders", "ChemicalDrugs", "Procedures"]
    f1s = {
        "BERT multilingual cased": (0.7823, 0.9010, 0.6744),
        "BioBERtpt (clin)": (0.7805, 0.9109, 0.6855),
        "BioBERtpt (all)": (0.7913, 0.9042, 0.7032),
    }
    models = {
        name: dict(zip(types, map(with_f1, values), strict=True))
        for name, values in f1s.items()
    }
    assert per_entity_table(models, types) == PUBLISHED
    last = models.popitem()
    row = per_entity_row(*last, types=types)
    assert row == PUBLISHED.splitlines(keepends=True)[-1].replace("**", "")


def test_columns_are_sorted_and_a_missing_type_is_a_dash():
    table = per_entity_table({"a": {"Y": SCORE}, "b": {"X": SCORE, "Y": SCORE}})
    assert table.splitlines() == [
        "|Entity / Model|X|Y|",
        "|------|------|------|",
        "|a|-|**0.3333**|",
        "|b|**0.3333**|**0.3333**|",
    ]


def test_one_model_has_nothing_in_bold():
    assert "*" not in per_entity_table({"a": {"X": SCORE}})


def test_names_cannot_break_the_table():
    assert per_entity_row("a|b\nc", {}, types=["X"]) == "|a\\|b c|-|\n"
    assert "\na b\tX\t" in per_entity_tsv({"a\tb": {"X": SCORE}})


def test_every_score_is_in_the_tsv():
    tags = ([["B-X", "O", "B-X", "B-Y"]], [["B-X", "O", "B-Y", "B-Y"]])
    scores = score_entities(*tags).per_type
    assert per_entity_tsv({"model": scores}) == (
        "model\tentity\tprecision\trecall\tf1\tsupport\tfound\tcorrect\n"
        "model\tX\t1.0000\t0.5000\t0.6667\t2\t1\t1\n"
        "model\tY\t0.5000\t1.0000\t0.6667\t1\t2\t1\n"
    )


@pytest.fixture
def run_folder(tmp_path):
    scores = {
        "entity_precision": 0.5,
        "entity_recall": 0.25,
        "entity_f1": 1 / 3,
        "num_entities_gold": 8,
        "num_entities_found": 4,
        "num_entities_correct": 2,
        "token_f1": 0.9,
    }
    text = json.dumps({"scores": {"test": scores}, "seed": 1})
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_runs_with_one_type_each_make_one_row(run_folder):
    score = score_of_run(str(run_folder))
    assert score == SCORE
    row = per_entity_row("m", {"X": score, "Y": score}, types=["Y", "X"])
    assert row == "|m|0.3333|0.3333|\n"


def test_a_run_that_was_not_scored_is_refused(run_folder):
    with pytest.raises(InputError, match="no entity scores of dev: got scores"):
        score_of_run(str(run_folder), split="dev")
    with pytest.raises(InputError, match=r"result file of the run is missing"):
        score_of_run(str(run_folder / "nowhere"))
