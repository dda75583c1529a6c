"""scripts/convert_relations.py as a command."""

from __future__ import annotations

import pytest

from tests.scripts.script_runs import REPORT_TENSORFLOW, run_program


@pytest.fixture
def convert(root_dir, fixtures_dir, tmp_path):
    def run(corpus, *words, folder=""):
        return run_program(
            root_dir,
            "-c",
            REPORT_TENSORFLOW,
            "scripts/convert_relations.py",
            f"--corpus={corpus}",
            f"--input={fixtures_dir / 'relations' / corpus / folder}",
            f"--output_dir={tmp_path / 'out'}",
            *words,
        )

    return run


def labels_in(path):
    return [
        line.split("\t")[2]
        for line in path.read_text("utf-8").split("\n")[1:-1]
    ]


def test_all_splits_and_the_report(convert, tmp_path):
    done = convert("chemprot")
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stderr
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "dev.tsv",
        "test.tsv",
        "train.tsv",
    ]
    assert labels_in(out / "dev.tsv") == ["false", "CPR:3"]
    report = done.stdout.split(str(out / "train.tsv"))[1]
    for line in (
        "gold relations: 9",
        "gold in the table: 6",
        "gold told twice: 1",
        "gold of labels not asked: 1",
        "gold too many sentences apart: 1",
        "rows labelled CPR:4: 3",
        "rows labelled false: 3",
    ):
        assert f"\n  {line}\n" in report


def test_markers_one_split_and_another_negative_label(convert, tmp_path):
    done = convert(
        "ddi",
        "--split=test",
        "--entity_format=marker",
        "--negative_label=none",
    )
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "out").iterdir()
    assert path.read_text() == (
        "index\tsentence\tlabel\n"
        "DDI-DrugBank.d950.s0.e0.e1\t[E1] Dorzan [/E1] lowers [E2] zorbitol "
        "[/E2] levels.\tDDI-mechanism\n"
    )


def test_brats_pairs(convert, tmp_path):
    words = ("--pair_types=Drug:Symptom", "--negative_label=no")
    done = convert("brat", *words, "--split=dev", folder="train")
    assert done.returncode == 0, done.stderr
    path = tmp_path / "out" / "dev.tsv"
    assert labels_in(path) == ["Causes", "Causes", "Treats", "no", "no"]
    assert "gold of types not asked: 2" in done.stdout
    assert "gold too many sentences apart: 1" in done.stdout


def test_nothing_is_overwritten_unasked(convert, tmp_path):
    assert convert("brat").returncode == 0
    test = tmp_path / "out" / "test.tsv"
    test.write_text("mine")
    done = convert("brat")
    assert done.returncode == 2
    assert "there already" in done.stderr
    assert test.read_text() == "mine"
    assert convert("brat", "--overwrite").returncode == 0
    assert labels_in(test) == ["Treats"]


@pytest.mark.parametrize(
    ("corpus", "word", "message"),
    [
        ("ddi", "--pair_types=drug:drug", "--pair_types is not for this"),
        ("ddi", "--max_sentence_distance=1", "is not for this corpus"),
        ("brat", "--labels=fine", "--labels is not for this corpus"),
        ("brat", "--pair_types=Drug", "--pair_types cannot be read"),
        ("brat", "--pair_types=No:Such", "gives no rows"),
        ("brat", "--split=sample", "not recognised"),
    ],
)
def test_flags_that_cannot_be(convert, tmp_path, corpus, word, message):
    done = convert(corpus, word)
    assert done.returncode == 2
    assert message in done.stderr
    assert not list(tmp_path.glob("out/*"))


def write_train(folder, names):
    folder.mkdir(parents=True)
    for name in names:
        (folder / f"{name}.txt").write_text("Plamide for fever.")
        (folder / f"{name}.ann").write_text(
            "T1\tDrug 0 7\tPlamide\nT2\tSymptom 12 17\tfever\n"
            "R1\tTreats Arg1:T1 Arg2:T2\n"
        )


def test_dev_is_a_share_of_trains_documents(root_dir, tmp_path):
    write_train(tmp_path / "x" / "train", [f"d{n}" for n in range(400)])

    def indices(name, out):
        done = run_program(
            root_dir,
            "scripts/convert_relations.py",
            "--corpus=brat",
            "--dev_share=0.25",
            f"--input={tmp_path / 'x'}",
            f"--output_dir={tmp_path / out}",
        )
        assert done.returncode == 0, done.stderr
        text = (tmp_path / out / f"{name}.tsv").read_text()
        return {line.split("\t")[0] for line in text.split("\n")[1:-1]}

    train, dev = indices("train", "a"), indices("dev", "b")
    assert not train & dev
    assert len(train | dev) == 400
    assert 75 < len(dev) < 125
    assert indices("train", "c") == train


def test_dev_share_needs_train_without_dev(convert):
    for words in (["--split=test"], []):
        done = convert("chemprot", "--dev_share=0.5", *words)
        assert done.returncode == 2
        assert "nothing to take dev from" in done.stderr
