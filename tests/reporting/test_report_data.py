"""Means, standard deviations and which runs belong together."""

import pytest

from reporting.report_data import collect, spread
from tests.reporting.ledgers import row


def only_group(rows):
    (table,) = collect(rows)
    (group,) = table.groups
    return group


def test_mean_and_deviation_are_over_the_seeds():
    group = only_group([row(seed=s, score=x) for s, x in ((2, 81), (1, 78))])
    assert group.ours.values == (78, 81)
    assert group.ours.mean == 79.5
    # ((1.5² + 1.5²) / (2 - 1)) ** 0.5
    assert group.ours.sd == pytest.approx(4.5**0.5)
    assert group.score("token_f1").mean == pytest.approx(84.5)
    assert group.score("num_sentences").mean == 940
    assert group.score("nobody_knows") is None


def test_one_seed_has_no_deviation():
    assert only_group([row(score=80)]).ours.sd is None
    assert spread([1.0]).sd is None


def test_folds_are_averaged_within_a_seed_before_the_seeds():
    scores = {(1, 1): 70, (1, 2): 80, (2, 1): 60, (2, 2): 62}
    group = only_group(
        [
            row(
                table="biobert_re",
                experiment="gad",
                seed=seed,
                fold=fold,
                score=score,
            )
            for (seed, fold), score in scores.items()
        ]
    )
    assert group.ours.values == (75, 61)
    assert group.ours.mean == 68
    assert group.ours.sd == pytest.approx(98**0.5)  # 7² + 7²


def test_other_settings_models_and_splits_are_other_groups():
    rows = [
        row(),
        row(seed=2),
        row(seed=3, changed={"num_train_epochs": ["50", "3"]}),
        row(seed=3, model={"name": "x", "files": {"w": "00"}}),
        row(seed=3, split="dev"),
    ]
    (table,) = collect(rows)
    assert [len(g.seeds) for g in table.groups] == [2, 1, 1, 1]
    # Each has a name of its own.
    texts = [g.variant for g in table.groups]
    assert len(set(texts)) == len(texts)
    assert "num_train_epochs 3" in texts[1]
    assert texts[2].startswith("x, ")
    assert "scored on dev" in texts[3]


def test_what_is_alike_is_not_in_the_name_of_a_variant():
    rows = [row(changed={}), row(changed={"learning_rate": ["1e-5", "3e-5"]})]
    (table,) = collect(rows)
    assert [g.full_title for g in table.groups] == [
        "NCBI disease (the recipe's learning_rate)",
        "NCBI disease (learning_rate 3e-5)",
    ]
    assert only_group([row(), row(seed=2)]).variant == ""


def test_models_of_one_name_are_told_apart_by_their_files():
    models = [{"name": "x", "files": {"w": 12 * each}} for each in "ab"]
    (table,) = collect([row(model=each) for each in models])
    assert [g.variant for g in table.groups] == [
        "model's files aaaaaa",
        "model's files bbbbbb",
    ]


def test_the_seed_is_no_changed_setting():
    rows = [row(seed=s, changed={"seed": [None, str(s)]}) for s in (1, 2)]
    group = only_group(rows)
    assert len(group.seeds) == 2
    assert group.changed() == {}


def test_what_the_experiment_sets_is_no_changed_setting():
    changed = {"task_name": [None, "ncbi_disease"], "learning_rate": ["1", "2"]}
    group = only_group([row(changed=changed)])
    assert group.changed() == {"learning_rate": ("1", "2")}


def test_a_repetition_does_not_take_the_place_of_the_run():
    group = only_group([row(score=90), row(score=80), row(score=81)])
    assert group.ours.values == (90,)
    ((place, others),) = group.others.items()
    assert place == row().id
    assert [each.score for each in others] == [80, 81]


def test_of_runs_with_other_code_the_newest_counts():
    lines = [("a", 70), ("b", 80), ("b", 81), ("a", 71)]
    group = only_group([row(id=name, score=score) for name, score in lines])
    assert group.ours.values == (80,)
    assert [each.score for each in group.others["b"]] == [70, 81, 71]


def test_tuning_runs_are_no_results():
    assert collect([row(purpose="tuning")]) == []


def test_tables_and_experiments_come_in_the_order_of_the_paper():
    rows = [
        row(table="zzz", experiment="e"),
        row(table="biobert_re", experiment="gad"),
        row(experiment="s800"),
        row(experiment="unheard_of"),
        row(experiment="ncbi_disease"),
    ]
    found = [(t.name, [g.experiment for g in t.groups]) for t in collect(rows)]
    assert found == [
        ("biobert_ner", ["ncbi_disease", "s800", "unheard_of"]),
        ("biobert_re", ["gad"]),
        ("zzz", ["e"]),
    ]


def test_texts_of_unknown_experiments_are_taken_for_clinical():
    rows = [row(), row(experiment="unheard_of"), row(table="zzz")]
    known, other_experiment, other_table = (
        group for table in collect(rows) for group in table.groups
    )
    assert not known.is_clinical
    assert other_experiment.is_clinical
    assert other_table.is_clinical


def test_scores_by_type_are_averaged():
    def scored(seed, f1):
        return row(seed=seed, per_type={"Gene": {"f1": f1, "support": 7}})

    kinds = only_group([scored(1, 0.5), scored(2, 0.7)]).per_type()
    assert kinds["Gene"]["f1"].values == pytest.approx((50, 70))
    assert kinds["Gene"]["support"].mean == 7
