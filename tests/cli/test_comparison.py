"""scripts/compare_runs.py on a small ledger: what is said, what is refused."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from absl import flags

from cli import comparison
from evaluation import unit_counts
from evaluation.unit_sums import MEAN, UnitSums
from foundation.errors import InputError
from reporting import ledger, units
from tests import script_entry
from tests.reporting import ledgers
from tests.scripts.script_runs import REPORT_TENSORFLOW, run_program


def counts_of(share, *, seed):
    """Returns the counts of a tagger that finds a share of the entities."""
    rng = random.Random(3)
    gold = [rng.choices(["B", "O"], k=6) for _ in range(120)]
    rng = random.Random(100 + seed)
    found = [[t if rng.random() < share else "O" for t in s] for s in gold]
    return unit_counts.count_tags(gold, found, metric="entity_f1")


def write(folder, runs):
    """Writes a ledger of runs by id: (counts, changes of its line)."""
    rows = []
    for row_id, (counts, changes) in runs.items():
        score = 100 * counts.score()
        rows.append(ledgers.row(**{"id": row_id, "score": score, **changes}))
    path = ledgers.write(folder, rows)
    for row_id, (counts, _) in runs.items():
        target = ledger.units_path(str(path), row_id)
        (folder / ledger.UNITS_FOLDER).mkdir(exist_ok=True)
        units.save(target, counts)
    return path


@pytest.fixture
def kept(tmp_path):
    """A ledger: three seeds of a good system, two of a poor one."""
    runs = {
        f"aa{seed}": (counts_of(0.9, seed=seed), {"seed": seed})
        for seed in range(3)
    }
    runs |= {
        f"bb{seed}": (counts_of(0.6, seed=seed), {"seed": seed})
        for seed in range(3, 5)
    }
    return write(tmp_path, runs)


def compare(path, *words, **values):
    fv = flags.FlagValues()
    comparison.define(fv)
    fv(["x", "--resamples=500", *(f"--{k}={v}" for k, v in values.items())])
    return comparison.compare(fv, [str(path), *words])


def test_a_difference_is_told_in_a_sentence(kept):
    text = compare(kept, a="aa0,aa1,aa2", b="bb3,bb4")
    lines = text.split("\n")
    assert lines[0].startswith("biobert_ner, ncbi_disease, entity_f1 on test")
    assert "aa0 aa1 aa2" in text
    assert "bb3 bb4" in text
    assert "p = 0.0020" in text  # 1 / 501: none of 500 was as far off
    assert (
        "A is better than B: the 95 % interval of the difference does not "
        "hold 0." in text
    )
    assert "500 resamples of 120 sentences, seed 0" in text
    assert "B is better than A" in compare(kept, a="bb3", b="aa1")


def test_no_difference_is_said_to_be_none(kept):
    text = compare(kept, a="aa0", b="aa1")
    assert "No difference can be told" in text
    same = compare(kept, a="aa0", b="aa0")
    assert "A - B: +0.00 points, 95 % interval 0.00 to 0.00, p = 1.0000" in same


def test_the_table_has_the_ledgers_scores(kept):
    rows = {row.id: row for row in ledger.read_ledger(str(kept))}
    text = compare(kept, a="aa0", b="bb3")
    (line,) = [x for x in text.split("\n") if x.startswith("A  ")]
    assert line.split()[1] == f"{rows['aa0'].score:.2f}"
    assert line.split()[-2:] == ["-", "aa0"]  # no sd of one run


def test_json_has_fractions(kept):
    value = json.loads(compare(kept, a="aa0,aa1", b="bb3", json=True))
    assert value["ids"] == {"a": ["aa0", "aa1"], "b": ["bb3"]}
    assert 0 < value["low"] < value["difference"] < value["high"] < 1
    assert value["is_a_difference"] is True
    assert value["a"]["num_units"] == 120
    assert value["metric"] == "entity_f1"


def test_of_errors_fewer_are_better(tmp_path):
    def squared(error):
        counts = np.array([[error + i / 1000, 1] for i in range(50)])
        return UnitSums("mse", "row", MEAN, counts)

    path = write(
        tmp_path,
        {
            "aa": (squared(0.5), {"metric": "mse"}),
            "bb": (squared(0.1), {"metric": "mse"}),
        },
    )
    assert "B is better than A" in compare(path, a="aa", b="bb")


DIFFERENT = {
    "experiment": {"experiment": "bc5cdr_chem"},
    "fold": {"fold": 2},
    "split": {"split": "dev"},
    "metric": {"metric": "strict_f1"},
    "sha256 of what was scored": {
        "files": {"test": [{"path": "t.tsv", "sha256": "cd" * 32}]}
    },
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_runs_of_other_tests_are_refused_with_both_values(tmp_path, what):
    good = counts_of(0.9, seed=1)
    path = write(tmp_path, {"aa": (good, {}), "bb": (good, DIFFERENT[what])})
    with pytest.raises(InputError, match=f"differ in their {what}") as error:
        compare(path, a="aa", b="bb")
    assert "in bb" in str(error.value)
    assert "as in aa" in str(error.value)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"settings": {"learning_rate": "1e-4"}}, "num_train_epochs"),
        ({"model": {"name": "m", "files": {"v": "cd"}}}, "model files"),
    ],
)
def test_a_mean_is_of_one_system(tmp_path, changes, what):
    good = counts_of(0.9, seed=1)
    runs = {"aa": (good, {}), "bb": (good, {"seed": 2, **changes})}
    path = write(tmp_path, {**runs, "cc": (good, {"seed": 3})})
    with pytest.raises(InputError, match=f"another {what} in bb"):
        compare(path, a="aa,bb", b="cc")
    compare(path, a="aa", b="bb")
    compare(path, a="aa,cc", b="bb")


def test_a_run_is_named_by_the_beginning_of_its_id(kept):
    with pytest.raises(InputError, match=r"several .*expected aa0 or aa1"):
        compare(kept, a="aa", b="bb3")
    with pytest.raises(InputError, match=r"no such run: got 'zz'"):
        compare(kept, a="zz", b="bb3")
    with pytest.raises(InputError, match="names a run twice"):
        compare(kept, a="aa0,aa0", b="bb3")
    with pytest.raises(InputError, match="got no --b"):
        compare(kept, a="aa0")


def test_of_a_rerun_the_last_line_counts(tmp_path):
    good = counts_of(0.9, seed=1)
    path = write(tmp_path, {"aa": (good, {}), "bb": (good, {})})
    again = ledgers.row(id="aa", score=100 * good.score(), seed=9)
    ledger.append(str(path), again)
    assert "p = 1.0000" in compare(path, a="a", b="b")


def test_what_was_not_kept_is_named(kept, tmp_path):
    (tmp_path / "units" / "aa0.npz").unlink()
    with pytest.raises(InputError, match=r"aa0\.npz: the file of counts"):
        compare(kept, a="aa0", b="bb3")
    units.save(str(tmp_path / "units" / "aa0.npz"), counts_of(0.5, seed=8))
    with pytest.raises(InputError, match="not those of this line"):
        compare(kept, a="aa0", b="bb3")
    ledger.append(str(kept), ledgers.row(id="cc", purpose="tuning"))
    with pytest.raises(InputError, match="only chose settings"):
        compare(kept, a="cc", b="bb3")


def test_a_ledger_is_needed(tmp_path):
    with pytest.raises(InputError, match=r"no-such\.jsonl: the ledger is miss"):
        compare(tmp_path / "no-such.jsonl", a="a", b="b")
    fv = flags.FlagValues()
    comparison.define(fv)
    fv(["x"])
    with pytest.raises(InputError, match="no ledger"):
        comparison.compare(fv, [])


def test_the_folder_of_a_ledger_will_do(kept):
    assert compare(kept.parent, a="aa0", b="bb3") == compare(
        kept, a="aa0", b="bb3"
    )


def test_the_script_prints_and_ends_well(kept, capsys):
    code = script_entry.run(
        ["scripts/compare_runs.py", str(kept), "--a=aa0", "--b=bb3"]
    )
    assert code == 0
    assert "A is better than B" in capsys.readouterr().out
    code = script_entry.run(["scripts/compare_runs.py", str(kept), "--a=aa0"])
    assert code == 2
    assert "ERROR: two systems are compared" in capsys.readouterr().err


@pytest.mark.slow
def test_no_tensorflow_is_imported(root_dir, kept):
    done = run_program(
        root_dir,
        "-c",
        REPORT_TENSORFLOW,
        str(root_dir / "scripts" / "compare_runs.py"),
        str(kept),
        "--a=aa0",
        "--b=bb3",
    )
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stderr
