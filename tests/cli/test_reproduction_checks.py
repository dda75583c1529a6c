"""Flags that would change nothing, and data that changed, are refused."""

from dataclasses import dataclass, replace

import pytest
from absl import flags

from cli import reproduction, reproduction_checks, reproduction_rerun
from cli.reproduction_plan import ROOT
from cli.reproduction_process import Device
from foundation import files
from foundation.errors import InputError
from reporting.experiments import find_table
from tests.reporting.ledgers import row


def parsed(*words):
    fv = flags.FlagValues()
    reproduction.define(fv)
    fv(["reproduce.py", *words])
    return fv


@pytest.mark.parametrize(
    ("table", "word", "said"),
    [
        ("biobert_ner", "--seeds=", "--seeds= would change nothing"),
        ("biobert_ner", "--grid=learning_rate=1e-5,3e-5", "add --tune"),
        ("biobert_ner", "--folds=1", "no corpus here has folds"),
        ("biobert_ner", "--corpus_dir=ncbi=x", "names no row of the table"),
        ("biobert_ner", "--set=seed=7", "use --seeds"),
        ("biobert_ner", "--set=deterministic=false", "all runs are"),
        ("biobert_ner", "--set=num_seeds=3", "use --seeds"),
        ("biobert_re", "--set=folds=all", "use --folds"),
        ("biobert_qa", "--set=train_file=x.json", "use --corpus_dir"),
    ],
)
def test_flags_that_would_change_nothing_are_refused(table, word, said):
    with pytest.raises(InputError, match=said):
        reproduction_checks.check_choice(parsed(word), [find_table(table)])


def test_flags_that_act_are_taken():
    words = ["--folds=1", "--corpus_dir=gad=x", "--set=learning_rate=1e-5"]
    words += ["--tune", "--grid=train_batch_size=8,16"]
    reproduction_checks.check_choice(parsed(*words), [find_table("biobert_re")])


@pytest.mark.parametrize("word", ["--seeds=1", "--dry_run", "--set=a=b"])
def test_a_rerun_takes_nothing_but_the_line(word):
    with pytest.raises(InputError, match="as it stands"):
        reproduction_checks.check_rerun(parsed(word), [])
    reproduction_checks.check_rerun(parsed("--threads=2", "--devices=0"), [])


@dataclass(frozen=True)
class Planned:
    """What `check_same_data` needs of a run."""

    data: dict[str, str]
    title: str = "biobert_ner ncbi_disease seed 1"


def test_a_line_does_not_stand_for_other_data(tmp_path):
    for folder in ("then", "now"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "train.tsv").write_text("a\tO\n", "utf-8")
    path = tmp_path / "then" / "train.tsv"
    file = {"path": str(path), "sha256": files.sha256_of(str(path))}
    done = row(
        command=["python", "run_ner.py", f"--data_dir={tmp_path / 'then'}"],
        files={"train": [file]},
    )
    run = Planned({"data_dir": str(tmp_path / "now"), "folds": ""})
    reproduction_checks.check_same_data(done, run, next_step="x")
    (tmp_path / "now" / "train.tsv").write_text("b\tO\n", "utf-8")
    with pytest.raises(InputError, match="was run on other data"):
        reproduction_checks.check_same_data(done, run, next_step="x")
    (tmp_path / "now" / "train.tsv").unlink()  # by another name: not known
    reproduction_checks.check_same_data(done, run, next_step="x")


def test_golden_answers_are_data(tmp_path):
    before = {}
    for name in ("train", "test", "golden"):
        path = tmp_path / f"{name}.json"
        path.write_text("{}", "utf-8")
        digest = files.sha256_of(str(path))
        before[name] = [{"path": str(path), "sha256": digest}]
    data = {
        "train_file": str(tmp_path / "train.json"),
        "predict_file": str(tmp_path / "test.json"),
    }
    command = ["python", *(f"--{name}={path}" for name, path in data.items())]
    done = row(command=command, files=before)
    reproduction_checks.check_same_data(done, Planned(data), next_step="x")
    (tmp_path / "golden.json").write_text("[]", "utf-8")
    with pytest.raises(InputError, match="other data"):
        reproduction_checks.check_same_data(done, Planned(data), next_step="x")


def test_the_ledger_is_the_checkouts_unless_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path = reproduction_rerun.ledger_of
    assert path(parsed("--rerun=0f")) == str(
        ROOT / "outputs/reproduction/ledger.jsonl"
    )
    assert path(parsed("--output_dir=out")) == "out/ledger.jsonl"
    assert path(parsed("--output_dir=out", "--ledger=l.jsonl")) == "l.jsonl"


def test_a_rerun_computes_where_the_line_did(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3")
    line = row()
    line = replace(line, processor={**line.processor, "threads": 4})
    on_cpu = replace(line, processor={**line.processor, "device": "CPU"})
    on_gpu = replace(line, processor={**line.processor, "device": "GPU 2 (x)"})
    device = reproduction_rerun.device_of
    assert device(parsed(), on_cpu) == Device(None, 4)
    assert device(parsed(), on_gpu) == Device("0", 4)
    assert device(parsed("--devices=3", "--threads=2"), on_cpu) == Device(
        "3", 2
    )
