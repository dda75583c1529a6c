"""scripts/experiments and the recipes: facts of the tables, runs that start."""

import os
import re
import shlex
import subprocess

import pytest
from absl import flags

import create_pretraining_data
import run_pretraining
import run_qa
from cli import reproduction
from reporting import experiments

FOLDER = "scripts/experiments"
# Scripts that are for no recipe of a table.
OTHERS = {"run_table", "biobertpt_pretraining", "minilm_report"}
# A Python that says, as a shell would read it, what it was called with; and
# writes the file that it was to write.
ECHO = """#!/usr/bin/env bash
printf "%q " "$@"
echo
for word in "$@"; do
    [[ $word != --output_file=* ]] || install -D /dev/null "${word#*=}"
done
"""


def rows_by_recipe():
    """Maps a recipe's stem to the rows of published tables that use it."""
    found = {}
    for name in experiments.table_names():
        table = experiments.find_table(name)
        for row in table.experiments:
            stem = row.recipe.removesuffix(".flags")
            found.setdefault(stem, []).append((table, row))
    return found


ROWS = rows_by_recipe()


def header_of(path):
    """Returns a file's first comment as running text."""
    lines = path.read_text("utf-8").splitlines()
    if lines[0].startswith("#!"):
        lines = lines[1:]
    body = next(i for i, line in enumerate(lines) if line[:1] != "#")
    assert all(len(line) <= 80 for line in lines)
    return " ".join(" ".join(line[1:].split()) for line in lines[:body])


def both(root_dir, stem):
    """Returns the paths of a recipe and of its script."""
    recipe = root_dir / "scripts" / "recipes" / f"{stem}.flags"
    return recipe, root_dir / FOLDER / f"{stem}.sh"


def test_each_recipe_of_a_table_has_its_script(root_dir):
    found = {path.stem for path in (root_dir / FOLDER).iterdir()}
    assert found == {*ROWS, *OTHERS}


@pytest.mark.parametrize("stem", [*ROWS, *OTHERS])
def test_a_script_is_one_for_bash(root_dir, stem):
    path = root_dir / FOLDER / f"{stem}.sh"
    subprocess.run(["bash", "-n", str(path)], check=True)
    assert os.access(path, os.X_OK) == (stem != "run_table")
    assert path.read_bytes().endswith(b"\n")


@pytest.mark.parametrize("stem", ROWS)
def test_headers_have_the_facts_of_the_table(root_dir, stem):
    for path in both(root_dir, stem):
        header = header_of(path)
        numbers = {float(n) for n in re.findall(r"\d+\.\d+", header)}
        for table, row in ROWS[stem]:
            for cell in row.published:
                assert cell.score in numbers, (path.name, row.name, cell)
                assert cell.sd is None or cell.sd in numbers
                assert cell.kind in header, (path.name, cell.kind)
            if row.published:
                assert row.name in header
                author = table.paper.split(",")[0].split(" ")[0]
                assert author in header
        cost = re.search("Cost on one GPU: (.*)", header).group(1)
        assert re.search(r"\((published|estimated)", cost)


@pytest.mark.parametrize("stem", ROWS)
def test_tuning_is_offered_where_there_is_a_grid(root_dir, stem):
    if "--tune" in header_of(both(root_dir, stem)[1]):
        assert all(row.grid for _, row in ROWS[stem])


@pytest.mark.parametrize("stem", ROWS)
def test_a_recipe_leaves_paths_to_its_user(root_dir, stem):
    recipe, _ = both(root_dir, stem)
    text = recipe.read_text("utf-8")
    named = re.findall(r"^--(\w+)=", text, re.MULTILINE)
    assert len(set(named)) == len(named)
    ends = ("_file", "_dir", "_checkpoint")
    assert not [name for name in named if name.endswith(ends)]
    program = ROWS[stem][0][1].program
    header = header_of(recipe)
    assert re.search(rf"python {program} [\\ ]*--flagfile=", header)
    assert f"--flagfile=scripts/recipes/{recipe.name} ..." in header
    assert f"{FOLDER}/{stem}.sh" in header


def test_pretraining_recipes_say_what_they_cost(root_dir):
    for path in (root_dir / "scripts" / "recipes").glob("*_pretraining.flags"):
        cost = re.search("Cost on one GPU: (.*)", header_of(path)).group(1)
        assert re.search(r"\((published|estimated)", cost), path.name


def test_no_score_is_claimed_for_bioalbert(root_dir):
    for stem in (name for name in ROWS if name.startswith("bioalbert")):
        for path in both(root_dir, stem):
            assert "none in any source that we have" in header_of(path)


@pytest.fixture
def run(root_dir, tmp_path):
    """Runs a script of the folder from another one; nothing is trained."""
    python = tmp_path / "python"
    python.write_text(ECHO)
    python.chmod(0o700)

    def run_script(stem, *words, **environment):
        return subprocess.run(
            ["bash", str(root_dir / FOLDER / f"{stem}.sh"), *words],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHON": str(python),
                **environment,
            },
            check=False,
            capture_output=True,
            text=True,
        )

    return run_script


def calls_of(done):
    """Returns the words of each call of Python."""
    assert done.returncode == 0, done.stderr
    return [shlex.split(line) for line in done.stdout.splitlines()]


def parsed(define, words, root_dir):
    fv = flags.FlagValues()
    define(fv)
    rest = fv([w.replace("=scripts/", f"={root_dir}/scripts/") for w in words])
    return fv, rest[1:]


@pytest.mark.parametrize("stem", ROWS)
def test_a_script_runs_the_rows_of_its_recipe(root_dir, run, stem, tmp_path):
    given = {"BERT_DIR": "my bert", "DATA_DIR": "/data", "OUTPUT": "out"}
    (words,) = calls_of(run(stem, "--seeds=7", **given))
    assert words[0] == "scripts/reproduce.py"
    fv, (name,) = parsed(reproduction.define, words, root_dir)
    table = experiments.find_table(name)
    asked = fv.corpora or [row.name for row in table.experiments]
    rows = [table.experiment(corpus) for corpus in asked]
    recipe, _ = both(root_dir, stem)
    wanted = [r.name for r in table.experiments if r.recipe == recipe.name]
    assert [row.name for row in rows] == wanted
    assert fv.init_checkpoint == f"{tmp_path}/my bert"
    assert fv.data_dir == "/data"
    assert fv.output_dir == f"{tmp_path}/out"
    assert fv.seeds == ["7"]
    # By default only what nobody published is chosen.
    assert fv.tune == (stem == "clinicalbert_ner")


def test_a_model_of_the_hub_is_no_path(run, root_dir):
    hub = "hf://dmis-lab/biobert-v1.1"
    done = run("biobert_ner", BERT_DIR=hub, DATA_DIR="data")
    fv, _ = parsed(reproduction.define, calls_of(done)[0], root_dir)
    assert fv.init_checkpoint == hub
    assert fv.output_dir == "outputs/reproduction"


def test_paths_in_further_flags_are_the_callers(run, root_dir, tmp_path):
    words = ["--corpus_dir=gad=my data/GAD", "--vocab_file=vocab.txt"]
    words += ["--corpus_dir=euadr=/data/euadr", "--set=learning_rate=5e-5"]
    done = run("biobert_re", *words, BERT_DIR="bert", DATA_DIR="data")
    fv, _ = parsed(reproduction.define, calls_of(done)[0], root_dir)
    assert fv.corpus_dir == [
        f"gad={tmp_path}/my data/GAD",
        "euadr=/data/euadr",
    ]
    assert fv.vocab_file == f"{tmp_path}/vocab.txt"
    assert fv.set == ["learning_rate=5e-5"]


@pytest.mark.parametrize(
    ("stem", "missing"),
    [
        ("biobert_ner", "DATA_DIR"),
        ("bluebert_re", "BERT_DIR"),
        ("biobertpt_pretraining", "TEXT"),
    ],
)
def test_what_is_missing_is_named(run, stem, missing):
    given = {"BERT_DIR": "bert", "DATA_DIR": "data", "TEXT": "notes.txt"}
    del given[missing]
    done = run(stem, **given)
    assert done.returncode != 0
    assert f"{missing}: name the" in done.stderr
    assert "BERT_DIR=..." in done.stderr
    assert done.stdout == ""


def test_squad_comes_before_bioasq(run, root_dir, tmp_path):
    given = {"BERT_DIR": "bert", "DATA_DIR": "data", "SQUAD_DIR": "squad"}
    first, second = calls_of(run("biobert_bioasq", OUTPUT="out", **given))
    fv, rest = parsed(run_qa.define_flags, first, root_dir)
    assert first[0] == "run_qa.py"
    assert rest == []
    assert fv.train_file == f"{tmp_path}/squad/train-v1.1.json"
    assert fv.init_checkpoint == f"{tmp_path}/bert"
    assert fv.learning_rate == pytest.approx(3e-5)
    after, _ = parsed(reproduction.define, second, root_dir)
    assert after.init_checkpoint == fv.output_dir
    assert fv.output_dir.startswith(f"{tmp_path}/out/squad/bert-")
    assert fv.deterministic
    assert fv.seed == 1


def test_each_model_learns_squad_by_itself(run):
    folders = set()
    for model in ("a/bert", "b/bert", "b/bert/model.ckpt-5", "hf://c/bert"):
        given = {"BERT_DIR": model, "DATA_DIR": "data", "SQUAD_DIR": "squad"}
        _, second = calls_of(run("biobert_bioasq", OUTPUT="out", **given))
        (flag,) = [w for w in second if w.startswith("--init_checkpoint=")]
        assert "/out/squad/bert-" in flag
        folders.add(flag)
    assert len(folders) == 4


def test_biobertpt_makes_its_records_once(run, root_dir, tmp_path):
    given = {"BERT_DIR": "bert", "TEXT": "a.txt,b/*.txt", "OUTPUT": "out"}
    data, training = calls_of(run("biobertpt_pretraining", **given))
    fv, _ = parsed(create_pretraining_data.define_flags, data, root_dir)
    assert fv.input_file == f"{tmp_path}/a.txt,{tmp_path}/b/*.txt"
    assert fv.block_size == 512
    (again,) = calls_of(run("biobertpt_pretraining", "--seed=1", **given))
    assert again == [*training, "--seed=1"]
    after, _ = parsed(run_pretraining.define_flags, training, root_dir)
    assert after.input_file == fv.output_file
    assert after.num_train_epochs == 15
    assert after.init_checkpoint == f"{tmp_path}/bert"


def test_the_bundled_report_runs_a_seed_of_all_before_the_next(run, tmp_path):
    given = {"BERT_DIR": "m", "DATA_DIR": "d", "OUTPUT": "o", "SEEDS": "2"}
    done = run("minilm_report", "--dry_run", **given)
    assert done.returncode == 0, done.stderr
    cut, *lines = (shlex.split(line) for line in done.stdout.splitlines())
    assert f"--output_dir={tmp_path}/o/data/healthver" in cut
    tables = [line[1] for line in lines]
    half = len(lines) // 2
    assert tables[:half] == tables[half:]
    for line in lines:
        known = experiments.find_table(line[1])
        (rows,) = (w[10:] for w in line if w.startswith("--corpora="))
        assert known.experiment(rows)
        assert line[-1] == "--dry_run"
        assert f"--init_checkpoint={tmp_path}/m" in line
    # NCBI disease names the seed that it was tuned with.
    seeds = [w[8:] for line in lines for w in line if w.startswith("--seeds=")]
    assert seeds == ["1"] * half + ["1,2"] + ["2"] * (half - 1)
