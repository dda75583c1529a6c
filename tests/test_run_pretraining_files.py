"""What run_pretraining.py leaves in its folder, from flags to files."""

import pytest

from cli import lm_run
from tests import lm_world, ner_runs

pytestmark = pytest.mark.slow
SMALL = {"num_train_steps": 3, "max_eval_steps": 2, "log_every_steps": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Records of both families."""
    folders = {}
    for family in ("bert", "albert"):
        folders[family] = tmp_path_factory.mktemp(family)
        lm_world.make_records(folders[family], family)
    return folders


def run(world, **values):
    return lm_run.run_all(world.parsed(**{**SMALL, **values}))


@pytest.mark.parametrize(
    ("family", "task"),
    [("bert", "next_sentence"), ("albert", "sentence_order")],
)
def test_scores_have_the_originals_names(tmp_path, made, family, task):
    world = lm_world.make_world(tmp_path, family, records=made[family])
    assert run(world, do_eval=True) == 0
    scores = ner_runs.values_of(world.output / "eval_results.txt")
    assert set(scores) == {
        *("global_step", "loss", "masked_lm_accuracy", "masked_lm_loss"),
        *(f"{task}_accuracy", f"{task}_loss"),
    }
    assert scores["global_step"] == 3
    names = {path.name for path in world.output.iterdir()}
    assert {"run.flags", "metrics.jsonl", "learning_curves.png"} <= names
    assert f"{family}_config.json" in names
    assert ("model.ckpt-best.index" in names) == (family == "albert")


def test_a_complete_run_says_so(tmp_path, made, capsys):
    world = lm_world.make_world(tmp_path, "bert", records=made["bert"])
    assert run(world) == 0
    before = ner_runs.final_files(world.output)
    assert "Nothing is left" not in capsys.readouterr().out
    assert run(world) == 0
    assert "has made its 3 updates" in capsys.readouterr().out
    assert ner_runs.final_files(world.output) == before


def test_a_folder_alone_can_be_scored(tmp_path, made):
    """Config and vocabulary lie beside the checkpoint."""
    world = lm_world.make_world(tmp_path, "bert", records=made["bert"])
    assert run(world) == 0
    names = sorted(path.name for path in world.output.iterdir())
    given = {"do_train": None, "do_eval": True, "bert_config_file": None}
    assert run(world, vocab_file=None, **given) == 0
    after = sorted(path.name for path in world.output.iterdir())
    assert after == sorted([*names, "eval_results.txt"])
