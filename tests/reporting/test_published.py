"""The published tables: each can be run, and says what its numbers are."""

import importlib
import re

import pytest
from absl import flags

from cli import reproduction_data, reproduction_questions
from reporting import experiments
from reporting.experiments import (
    BEST_RUN,
    DEV_SCORE,
    MEAN,
    SINGLE_RUN,
    TUNED_ON_TEST,
)
from tasks import catalog, text_scores
from tasks.ner_scores import score_tags

KINDS = {BEST_RUN, SINGLE_RUN, MEAN, DEV_SCORE, TUNED_ON_TEST}
SCRIPTS = {
    "run_classifier.py": catalog.CLASSIFIER,
    "run_re.py": catalog.RELATION,
}
TABLES = [experiments.find_table(name) for name in experiments.table_names()]
ROWS = [
    pytest.param(table, row, id=f"{table.name}-{row.name}")
    for table in TABLES
    for row in table.experiments
]
# Scores that a reader recalled and nobody has checked: BioALBERT's, and some
# of BioBERT v1.1 and SciBERT.
RECALLED = (
    *("97.18", "96.33", "98.76", "99.73", "83.53", "84.05", "78.32"),
    *("76.49", "87.92", "48.90", "62.31", "62.88"),
    *("77.49", "88.24", "74.06", "88.57"),
)
CLINICAL = re.compile(
    r"i2b2_20\d\d|semclinbr|portuguese_clinical|mednli|share_clefe|medsts"
)
PUBLIC = {  # in ../shared/data
    "biobert_ner": {"ncbi_disease", "bc5cdr_chem", "jnlpba", "s800"},
    "biobert_qa": {"bioasq_4b", "bioasq_5b"},
    "biobert_re": {"gad", "euadr"},
    "bluebert": {"biosses", "bc5cdr_chem", "hoc"},
    "portuguese_clinical": {"portuguese_clinical"},
    "public_standins": {"healthver", "bioasq_4b_to_5b"},
    "scibert_chemprot": {"chemprot"},
    "scibert_ner": {"jnlpba_readme", "jnlpba_constants"},
}


def flags_of(row, root_dir, **more):
    """Parses an experiment's recipe and flags, as its program does."""
    program = importlib.import_module(row.program.removesuffix(".py"))
    fv = flags.FlagValues()
    program.define_flags(fv)
    recipe = root_dir / "scripts" / "recipes" / row.recipe
    named = {"flagfile": str(recipe), **row.flags, **more}
    fv([row.program, *(f"--{name}={value}" for name, value in named.items())])
    return fv


def test_all_experiments_of_the_seeds_are_there():
    counts = {table.name: len(table.experiments) for table in TABLES}
    assert counts == {
        "bioalbert": 21,
        "biobert_ner": 8,
        "biobert_qa": 3,
        "biobert_re": 3,
        "biobertpt_ner": 13,
        "bluebert": 10,
        "clinicalbert": 5,
        "portuguese_clinical": 1,
        "public_standins": 2,
        "scibert_chemprot": 1,
        "scibert_ner": 2,
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_says_what_it_is(table):
    assert experiments.find_table(table.name) is table
    for text in (table.title, table.paper, table.metric, table.protocol):
        assert len(text) > 15
        assert "  " not in text
    assert re.search(r"\((published|estimated)", table.cost)
    names = [row.name for row in table.experiments]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)
    titles = [row.title for row in table.experiments]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_an_experiment_can_be_run(table, row, root_dir):
    del table
    fv = flags_of(row, root_dir)
    for name in row.flags:
        assert fv[name].present
    assert fv.do_train
    assert row.folders
    known = headlines(row)
    assert row.headline in known
    if row.folds:  # one of them at a time
        assert row.program == "run_re.py"
        assert not flags_of(row, root_dir, folds="").folds
    elif "folds" in fv:
        assert not fv.folds


def headlines(row):
    """Returns the scores that a row's program has for its corpus."""
    task = row.flags["task_name"]
    if row.program == "run_qa.py":
        assert reproduction_questions.definition(row.headline)
        return {row.headline}
    if row.program == "run_ner.py":
        corpus = catalog.find_corpus(task)
        asked = row.flags.get("entity_types")
        assert asked is None or asked in corpus.expected_types
        return set(score_tags([["O"]], [["O"]]))
    corpus = catalog.find_text_corpus(task, SCRIPTS[row.program])
    return set(text_scores.headlines(corpus))


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_a_grid_is_of_flags_of_the_program(table, row, root_dir):
    del table
    recipe = flags_of(row, root_dir)
    for name, values in row.grid.items():
        assert len(set(values)) == len(values) > 1
        parsed = [flags_of(row, root_dir, **{name: v}) for v in values]
        assert len({fv[name].value for fv in parsed}) == len(values)
        assert recipe[name].present


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_a_cell_says_what_number_it_is(table, row):
    del table
    places = [(cell.system, cell.source) for cell in row.published]
    assert len(set(places)) == len(places)
    for cell in row.published:
        assert cell.kind in KINDS
        assert 30 < cell.score < 95
        assert round(cell.score, 2) == cell.score
        assert cell.sd is None or (cell.kind == MEAN and 0 < cell.sd < 5)
        assert cell.source or not cell.honest


def test_kinds_of_scores():
    kinds = {
        table.name: {c.kind for row in table.experiments for c in row.published}
        for table in TABLES
    }
    assert kinds == {
        "bioalbert": set(),  # none that can be had
        "biobert_ner": {BEST_RUN, SINGLE_RUN, MEAN},
        "biobert_qa": {BEST_RUN, SINGLE_RUN},
        "biobert_re": {BEST_RUN, SINGLE_RUN},
        "biobertpt_ner": {SINGLE_RUN},
        "bluebert": {BEST_RUN, SINGLE_RUN, MEAN},  # best of seeds: BIOSSES
        "clinicalbert": {SINGLE_RUN},
        "portuguese_clinical": set(),
        "public_standins": set(),
        "scibert_chemprot": {MEAN},
        "scibert_ner": {TUNED_ON_TEST, MEAN},
    }


@pytest.mark.parametrize("name", ["biobert_ner", "bluebert"])
def test_every_row_has_a_number_to_expect(name):
    for row in experiments.find_table(name).experiments:
        assert any(cell.honest for cell in row.published)


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_notes_of_patients_are_marked(table, row):
    about_patients = CLINICAL.match(row.flags["task_name"]) is not None
    assert row.clinical == (about_patients and row.name != "healthver")
    # All but one are under agreements.
    if row.clinical:
        assert bool(row.access) == (table.name != "portuguese_clinical")


def test_groups_of_semclinbr_are_those_of_the_corpus(root_dir):
    text = (root_dir / "tasks" / "corpora" / "semclinbr.py").read_text("utf-8")
    found = re.findall(r"(\w+)\s(\d+\.\d+)/(\d+\.\d+)/(\d+\.\d+)", text)
    of_corpus = {kind.lower(): [*map(float, scores)] for kind, *scores in found}
    table = experiments.find_table("biobertpt_ner")
    of_table = {}
    for row in table.experiments:
        scores = {cell.system: cell.score for cell in row.published}
        names = [f"BioBERTpt ({name})" for name in ("all", "clin", "bio")]
        of_table[row.name] = [scores[name] for name in names]
    assert len(of_table) == 13
    assert of_table == of_corpus


@pytest.mark.parametrize("year", [2006, 2010, 2012, 2014])
def test_scores_of_i2b2_are_those_of_the_corpus(year, root_dir):
    path = root_dir / "tasks" / "corpora" / f"i2b2_{year}.py"
    text = " ".join(path.read_text("utf-8").split())
    row = experiments.find_table("clinicalbert").experiment(f"i2b2_{year}")
    checked = 0
    for cell in row.published:
        system = re.escape(cell.system.replace("+Clinical BERT", "+Clinical"))
        system = system.replace("Discharge\\ BERT", "Discharge")
        found = re.search(rf"(?<![\w+]){system} (\d\d\.\d)", text)
        if found:
            assert float(found.group(1)) == cell.score
            checked += 1
    assert checked >= 5


def test_recalled_scores_are_nowhere(root_dir):
    places = ("reporting/published", "scripts")
    paths = [p for place in places for p in (root_dir / place).rglob("*.*")]
    in_text = [*(root_dir / "docs").rglob("*.md"), root_dir / "README.md"]
    for path, numbers in [
        *((path, RECALLED) for path in paths),
        *((path, ("97.18", "98.76", "99.73")) for path in in_text),
    ]:
        if path.suffix not in {".py", ".flags", ".sh", ".md"}:
            continue
        text = path.read_text("utf-8")
        for number in numbers:
            assert not re.search(
                rf"(?<![\d.]){re.escape(number)}(?!\d)", text
            ), f"{number} in {path}"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("table", "name"),
    [(table, name) for table in PUBLIC for name in sorted(PUBLIC[table])],
)
def test_public_corpora_are_found_by_their_folders(table, name, shared_dir):
    row = experiments.find_table(table).experiment(name)
    folder = reproduction_data.find_folder(row, str(shared_dir / "data"), {})
    assert folder.startswith(str(shared_dir))
