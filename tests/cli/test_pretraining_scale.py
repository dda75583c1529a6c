"""cli/pretraining_scale.py: what goes together."""

import pytest
from absl import flags

from cli import pretraining_scale
from foundation.errors import InputError


def checked(*arguments):
    fv = flags.FlagValues()
    pretraining_scale.define(fv)
    fv(["program", *arguments])
    pretraining_scale.check(fv)
    return fv


def test_nothing_is_asked_for():
    assert checked().num_workers is None


@pytest.mark.parametrize("runner", ["DirectRunner", "direct", "FlinkRunner"])
def test_a_runner_alone_has_units_and_one_worker(runner):
    fv = checked(f"--runner={runner}", "--unit_megabytes=2")
    assert fv.num_workers == 1


def test_the_direct_runner_takes_processes():
    assert checked("--runner=DirectRunner", "--num_workers=3").num_workers == 3


def test_options_of_a_cluster_are_beams():
    options = "--parallelism=8 --environment_type='DOCKER'"
    checked("--runner=FlinkRunner", f"--pipeline_options={options}")
    checked("--runner=direct", "--pipeline_options=--direct_num_workers=2")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--unit_megabytes=2"], "neither --num_workers nor --runner"),
        (["--pipeline_options=--x"], "needs Apache Beam: got no --runner"),
        (["--num_workers=2", "--pipeline_options=--x"], "got no --runner"),
        (["--runner=FlinkRunner", "--num_workers=2"], "--parallelism"),
        (["--runner=direct", "--pipeline_options=--a='b"], "quotation mark"),
        (
            ["--runner=direct", "--pipeline_options=--runner=FlinkRunner"],
            "got --runner=FlinkRunner in --pipeline_options",
        ),
        (
            [
                "--runner=direct",
                "--num_workers=2",
                "--pipeline_options=--direct_num_workers 3",
            ],
            "got --direct_num_workers in --pipeline_options",
        ),
    ],
)
def test_what_would_be_ignored_is_refused(arguments, said):
    with pytest.raises(InputError) as caught:
        checked(*arguments)
    assert said in str(caught.value)
