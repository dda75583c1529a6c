import pytest

from cli import lm_defaults, lm_evaluation
from foundation.errors import InputError
from tests import lm_world


def saving(*arguments, family="bert"):
    fv = lm_world.parsed(*arguments)
    lm_evaluation.check(fv)
    lm_defaults.take(fv, family=family)
    return lm_evaluation.read_saving(fv, family=family)


@pytest.mark.parametrize(
    ("given", "every"),
    [
        ((), 0),
        (("--do_eval",), 0),
        (("--eval_input_file=x",), 1000),
        (("--eval_input_file=x", "--save_checkpoints_steps=7"), 7),
        (("--eval_input_file=x", "--eval_every_steps=3"), 3),
        (("--eval_input_file=x", "--eval_every_steps=0"), 0),
    ],
)
def test_when_bert_is_scored(given, every):
    assert saving(*given).eval_every_steps == every


@pytest.mark.parametrize(("given", "every"), [((), 0), (("--do_eval",), 5000)])
def test_albert_is_scored_at_each_checkpoint(given, every):
    assert saving(*given, family="albert").eval_every_steps == every


def test_keeping_the_best_is_alberts():
    fv = lm_world.parsed("--do_eval")
    assert lm_evaluation.keeps_best(fv, family="albert")
    assert not lm_evaluation.keeps_best(fv, family="bert")
    fv = lm_world.parsed()
    assert not lm_evaluation.keeps_best(fv, family="albert")


def test_held_out_records_are_scored():
    fv = lm_world.parsed("--eval_input_file=x")
    lm_evaluation.check(fv)
    assert fv.do_eval


@pytest.mark.parametrize(
    "given",
    [
        ("--eval_input_file=x", "--do_eval=false"),
        ("--eval_every_steps=5", "--do_eval"),
    ],
)
def test_flags_that_do_not_go_together_are_named(given):
    with pytest.raises(InputError) as caught:
        lm_evaluation.check(lm_world.parsed(*given))
    assert given[0].partition("=")[0] in str(caught.value)
