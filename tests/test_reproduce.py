"""scripts/reproduce.py from the command line to the ledger, and back."""

import dataclasses
import json
import shutil
import subprocess
import sys

import pytest

from evaluation.bootstrap import paired
from reporting import units
from reporting.ledger import read_ledger, units_path
from tests import script_entry

pytestmark = pytest.mark.slow

SETTINGS = (
    *("do_lower_case=true", "max_seq_length=48", "num_train_epochs=1"),
    *("learning_rate=1e-3", "gelu=tanh"),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory, bert_dir, fixtures_dir):
    """A folder with corpora, a model's flags, and two runs in its ledger."""
    root = tmp_path_factory.mktemp("reproduction")
    shutil.copytree(
        fixtures_dir / "ncbi_disease", root / "data" / "NCBI-disease"
    )
    flags = [
        f"--init_checkpoint={bert_dir / 'model.ckpt-1000000'}",
        f"--data_dir={root / 'data'}",
        f"--output_dir={root / 'out'}",
        "--devices=cpu",
        "--threads=2",
        *(f"--set={setting}" for setting in SETTINGS),
    ]
    done = reproduce(["biobert_ner", "--corpora=ncbi_disease", *flags], "1,2")
    assert done.returncode == 0, done.stderr
    return root, flags


def reproduce(words, seeds=None):
    """Runs the script as a person does, in a process of its own."""
    more = [] if seeds is None else [f"--seeds={seeds}"]
    return subprocess.run(
        [sys.executable, "scripts/reproduce.py", *words, *more],
        cwd=script_entry.ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


def ledger_of(root):
    return str(root / "out" / "ledger.jsonl")


def test_a_line_says_all_that_made_the_score(world, fixtures_dir):
    root, _ = world
    first, second = read_ledger(ledger_of(root))
    assert (first.seed, second.seed) == (1, 2)
    assert first.table == "biobert_ner"
    assert first.split == "test"
    assert first.metric == "entity_f1"
    assert first.score == 100 * first.scores["entity_f1"]
    assert "conlleval" in first.definition
    assert first.changed["num_train_epochs"] == ["50", "1"]
    assert first.changed["do_lower_case"] == ["false", "true"]
    assert "label_scheme" not in first.changed
    assert first.settings["label_scheme"] == "biobert"
    assert first.why == "the last one: dev did not choose"
    assert first.step == first.num_steps > 0
    assert first.processor["threads"] == 2
    assert first.processor["device"] == "CPU"
    assert first.seconds > 1
    test_file = fixtures_dir / "ncbi_disease" / "test.tsv"
    assert first.files["test"][0]["sha256"] == sha256(test_file)
    assert set(first.files) == {"train", "dev", "test"}
    assert "vocab.txt" in first.model["files"]
    assert len(first.code["sources"]) == 64
    assert (root / "out" / first.folder / "results.json").exists()
    assert "token_accuracy" in first.scores
    assert first.per_type["Disease"]["f1"] == first.scores["entity_f1"]


def sha256(path):
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_counts_by_sentence_give_the_score_and_a_comparison(world):
    root, _ = world
    rows = read_ledger(ledger_of(root))
    counts = [units.load(units_path(ledger_of(root), r.id)) for r in rows]
    for row, of_run in zip(rows, counts, strict=True):
        assert 100 * of_run.score() == pytest.approx(row.score, abs=1e-9)
    found = paired([counts[0]], [counts[0]], resamples=100)
    assert found.difference == 0


def test_what_is_in_the_ledger_is_not_run_again(world):
    root, flags = world
    before = (root / "out" / "ledger.jsonl").read_bytes()
    words = ["biobert_ner", "--corpora=ncbi_disease", *flags]
    report = root / "out" / "report.html"
    report.unlink()
    assert script_run(words, "--seeds=2,1") == 0
    assert (root / "out" / "ledger.jsonl").read_bytes() == before
    assert "2 seeds" in report.read_text(encoding="utf-8")


def script_run(words, *more):
    return script_entry.run(["scripts/reproduce.py", *words, *more])


def test_again_trains_again(world):
    root, flags = world
    place = root / "again"
    shutil.copytree(root / "out", place)
    words = [f for f in flags if not f.startswith("--output_dir")]
    words += ["--corpora=ncbi_disease", f"--output_dir={place}", "--again"]
    done = reproduce(["biobert_ner", *words], "1")
    assert done.returncode == 0, done.stderr
    assert "Running training" in done.stderr
    first, _, last = read_ledger(str(place / "ledger.jsonl"))
    assert last.folder == f"{first.folder}_again_2"
    assert (last.scores, last.step) == (first.scores, first.step)
    assert (place / last.folder / "results.json").exists()


def test_a_line_is_reproduced_to_the_last_digit(world):
    root, flags = world
    row = read_ledger(ledger_of(root))[1]
    place = [flag for flag in flags if flag.startswith("--output_dir")]
    done = reproduce([f"--rerun={row.id}", *place])
    assert done.returncode == 0, done.stderr
    assert "reproduced exactly" in done.stdout
    assert repr(row.score) in done.stdout
    assert len(read_ledger(ledger_of(root))) == 2  # it adds no line

    # It is trained once more, against a line with another score.
    wrong = dataclasses.asdict(row)
    wrong["scores"]["entity_f1"] += 1e-12
    other = root / "other.jsonl"
    other.write_text(json.dumps(wrong) + "\n", encoding="utf-8")
    again = [f"--rerun={row.id}", f"--ledger={other}", *place]
    done = reproduce(again)
    assert done.returncode == 1
    assert "NOT reproduced: 1 of" in done.stdout
    assert done.stderr.count("Running training") == 1


def test_other_data_are_refused(world, capsys):
    root, flags = world
    row = read_ledger(ledger_of(root))[0]
    other = root / "other_model"
    (model,) = [f for f in flags if f.startswith("--init_checkpoint")]
    folder = model.partition("=")[2].rpartition("/")[0]
    shutil.copytree(folder, other)
    with open(other / "vocab.txt", "a", encoding="utf-8") as file:
        file.write("more\n")
    code = script_run(
        [f"--rerun={row.id}", f"--output_dir={root / 'out'}"],
        f"--init_checkpoint={other / 'model.ckpt-1000000'}",
    )
    assert code == 2
    assert "other or no vocab.txt" in capsys.readouterr().err


def test_a_run_that_fails_is_said_and_the_others_go_on(world):
    root, flags = world
    words = ["biobert_ner", "--corpora=ncbi_disease", *flags]
    more = ["--set=learning_rate=fast", "--devices=cpu,cpu"]
    done = reproduce([*words, *more], "1")
    assert done.returncode == 1
    assert "FAILED: biobert_ner ncbi_disease seed 1" in done.stdout
    log = done.stdout.rpartition(", see ")[2].partition(")")[0]
    text = (script_entry.ROOT / log).read_text(encoding="utf-8")
    assert "learning_rate" in text
    assert len(read_ledger(ledger_of(root))) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no table is named"),
        (["bert_ner"], "no such table"),
        (["biobert_ner", "--corpora=ncbi"], "no such rows"),
        (["biobert_ner", "--seeds=one"], "--seeds takes numbers"),
        (["biobert_ner", "--set=epochs"], "--set is no pair"),
        (["biobert_ner", "--rerun=0f"], "--rerun runs one line as it stands"),
        (["--rerun=0f"], "no such line in the ledger"),
    ],
)
def test_what_cannot_be_is_said(world, tmp_path, capsys, words, said):
    _, (model, *_) = world
    code = script_run([*words, model, f"--output_dir={tmp_path / 'out'}"])
    assert code == 2
    assert said in capsys.readouterr().err
