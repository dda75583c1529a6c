"""What is asked for becomes command lines, and each its own folder."""

import pathlib
from dataclasses import replace

import pytest

from cli import reproduction_tuning
from cli.reproduction_plan import (
    Wanted,
    beside_finished,
    plan,
    recipe_flags,
)
from cli.reproduction_rows import same_work
from foundation.errors import InputError
from reporting.experiments import find_table
from tests.reporting.ledgers import row

NER = find_table("biobert_ner")
RE = find_table("biobert_re")


@pytest.fixture
def wanted(tmp_path):
    return Wanted(
        output_dir=str(tmp_path / "out"),
        model={"init_checkpoint": "models/biobert_v1.1/model.ckpt-1000000"},
        model_sha256={"vocab.txt": "0f"},
        data_dir=str(tmp_path),
        corpus_dirs={},
        settings={},
    )


@pytest.fixture(autouse=True)
def _corpora(tmp_path):
    """NCBI disease whole, S800 without test, two folds of GAD."""
    names = {
        "NCBI-disease": ("train.tsv", "devel.tsv", "test.tsv"),
        "s800": ("train.tsv", "devel.tsv"),
        "GAD/1": ("train.tsv", "test.tsv"),
        "GAD/2": ("train.tsv", "test.tsv"),
    }
    for folder, of_folder in names.items():
        (tmp_path / folder).mkdir(parents=True)
        for name in of_folder:
            (tmp_path / folder / name).write_text("a\tO\n\n", "utf-8")


def flags_of(run):
    return dict(
        word[2:].split("=", 1) for word in run.command() if word[:2] == "--"
    )


def plan_of(name, wanted, *, table=NER, seeds=(1,), **kwargs):
    experiment = table.experiment(name)
    return plan(table, experiment, wanted, seeds=seeds, **kwargs)


def with_settings(wanted, **settings):
    return replace(wanted, settings=settings)


def test_a_command_is_the_recipe_and_what_it_leaves_open(wanted):
    (run,) = plan_of("ncbi_disease", wanted, seeds=[7])
    flags = flags_of(run)
    assert run.command()[1] == "run_ner.py"
    assert flags["flagfile"] == "scripts/recipes/biobert_ner.flags"
    assert flags["task_name"] == "ncbi_disease"
    assert flags["seed"] == "7"
    assert flags["deterministic"] == "true"
    assert flags["data_dir"].endswith("/NCBI-disease")
    assert "num_train_epochs" not in flags
    assert run.split == "test"
    assert run.notes == ()


def test_settings_come_behind_the_recipe(wanted):
    settings = with_settings(wanted, num_train_epochs="3")
    (run,) = plan_of("ncbi_disease", settings)
    words = run.command()
    assert words.index("--num_train_epochs=3") > words.index(
        "--flagfile=scripts/recipes/biobert_ner.flags"
    )


def test_folders_tell_settings_models_and_seeds_apart(wanted):
    def folder(wanted, seed=1):
        return plan_of("ncbi_disease", wanted, seeds=[seed])[0].folder

    other_model = replace(wanted, model_sha256={"v": "1e"})
    folders = [
        folder(wanted),
        folder(wanted, seed=2),
        folder(with_settings(wanted, num_train_epochs="3")),
        folder(with_settings(wanted, num_train_epochs="4")),
        folder(other_model),
    ]
    assert len(set(folders)) == len(folders)
    assert folder(wanted) == folders[0]
    assert "/biobert_ner/ncbi_disease/biobert_v1.1-" in folders[0]
    a = with_settings(wanted, x="1", y="2")
    b = with_settings(wanted, y="2", x="1")
    assert folder(a) == folder(b)


def test_a_repetition_does_not_find_what_it_repeats(wanted):
    (run,) = plan_of("ncbi_disease", wanted)
    assert beside_finished(run) == run
    pathlib.Path(run.folder).mkdir(parents=True)
    assert beside_finished(run) == run  # stopped, to be taken up again
    (pathlib.Path(run.folder) / "results.json").write_text("{}", "utf-8")
    again = beside_finished(run)
    assert again.folder == f"{run.folder}_again_2"
    assert f"--output_dir={again.folder}" in again.command()


def test_dev_stands_for_test_and_chooses_nothing(wanted):
    settings = with_settings(wanted, eval_every_epochs="1")
    (run,) = plan_of("s800", settings)
    flags = flags_of(run)
    assert run.split == "dev"
    assert flags["do_predict"] == "false"
    assert flags["eval_every_epochs"] == "0"
    assert flags["train_split"] == "train"  # the recipe's is train_dev
    assert "dev is used as test" in run.notes[0]


def test_nothing_to_score_is_refused(wanted, tmp_path):
    (tmp_path / "s800" / "devel.tsv").unlink()
    with pytest.raises(InputError, match="nothing to be scored on"):
        plan_of("s800", wanted)


def test_each_fold_is_a_run(wanted):
    runs = plan_of("gad", wanted, table=RE, seeds=[1, 2])
    assert [(r.seed, r.fold) for r in runs] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    flags = flags_of(runs[1])
    assert flags["data_dir"].endswith("GAD/2")
    assert flags["folds"] == ""  # the recipe says all
    assert "/fold_2/seed_1" in runs[1].folder
    (one,) = plan_of("gad", wanted, table=RE, folds=[2])
    assert one.fold == 2
    with pytest.raises(InputError, match="no such folds"):
        plan_of("gad", wanted, table=RE, folds=[3])


def test_tuning_never_sees_the_test_data(wanted):
    (run,) = plan_of("ncbi_disease", wanted)
    points = reproduction_tuning.points(
        run,
        {"learning_rate": ("1e-5", "3e-5"), "train_batch_size": ("8", "16")},
        output_dir=wanted.output_dir,
    )
    assert len(points) == 4
    for point in points:
        flags = flags_of(point)
        assert flags["do_predict"] == "false"
        assert flags["do_eval"] == "true"
        assert flags["train_split"] == "train"
        assert point.split == "dev"
        assert "/tuning/" in point.folder
    rates = [flags_of(p)["learning_rate"] for p in points]
    assert rates == ["1e-5", "1e-5", "3e-5", "3e-5"]


def test_what_the_caller_has_set_is_not_tuned(wanted):
    settings = with_settings(wanted, learning_rate="2e-5")
    (run,) = plan_of("ncbi_disease", settings)
    grid = {"learning_rate": ("1e-5",), "train_batch_size": ("8", "16")}
    points = reproduction_tuning.points(run, grid, output_dir="o")
    assert [flags_of(p)["learning_rate"] for p in points] == ["2e-5"] * 2
    with pytest.raises(InputError, match="nothing to tune"):
        reproduction_tuning.points(
            run, {"learning_rate": ("1e-5",)}, output_dir="o"
        )


def test_dev_that_is_the_test_tunes_nothing(wanted):
    (run,) = plan_of("s800", wanted)
    with pytest.raises(InputError, match="cannot be tuned"):
        reproduction_tuning.points(
            run, {"learning_rate": ("1e-5", "3e-5")}, output_dir="o"
        )


def test_without_dev_nothing_is_tuned(wanted):
    run, _ = plan_of("gad", wanted, table=RE)
    with pytest.raises(InputError, match="no dev data"):
        reproduction_tuning.points(
            run, {"learning_rate": ("1e-5", "3e-5")}, output_dir="o"
        )


def test_the_best_point_is_taken_the_first_of_equals(wanted):
    (run,) = plan_of("ncbi_disease", wanted)
    grid = {"learning_rate": ("1e-5", "3e-5", "5e-5")}
    points = reproduction_tuning.points(run, grid, output_dir="o")
    scores = (80.0, 82.0, 82.0)
    tried = [
        (point, row(score=score, id=f"{number:012d}"))
        for number, (point, score) in enumerate(
            zip(points, scores, strict=True)
        )
    ]
    best, ordered = reproduction_tuning.choose(tried, grid)
    assert best == {"learning_rate": "3e-5"}
    assert [point["score"] for point in ordered] == [82.0, 82.0, 80.0]


def test_recipes_are_read_as_they_stand():
    flags = recipe_flags("scripts/recipes/biobert_ner.flags")
    assert flags["learning_rate"] == "1e-5"
    assert flags["do_train"] == "true"


def test_a_line_is_known_by_its_settings(wanted):
    settings = with_settings(wanted, num_train_epochs="3")
    (run,) = plan_of("ncbi_disease", settings)
    done = row(
        model={"name": "m", "files": {"vocab.txt": "0f"}},
        changed={"num_train_epochs": ["50", "3"]},
        settings={"learning_rate": "1e-05", "num_train_epochs": "3.0"},
        recipe={"path": "x", "sha256": "of other comments"},
    )
    assert same_work(done, run)
    for other in (
        {"seed": 2},
        {"purpose": "tuning"},
        {"fold": 1},
        {"changed": {}},
        {"model": {"name": "m", "files": {"vocab.txt": "1e"}}},
        {"settings": {"learning_rate": "2e-05", "num_train_epochs": "3.0"}},
    ):
        assert not same_work(replace(done, **other), run), other
