"""The page as a whole, and the script that writes it."""

import re
import stat
from html.parser import HTMLParser

import pytest

from reporting.ledger import read_ledger
from reporting.report_markup import escape, name
from tests import script_entry
from tests.canaries import CANARY
from tests.reporting import ledgers, report_world

SCRIPT = "scripts/write_report.py"
VOID = {"meta", "input", "br", "img", "link"}


class Page(HTMLParser):
    """Reads a page: every element is closed, in order; ids, links, words."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.ids = []
        self.links = []
        self.loads = []
        self.styles = 0
        self.scripts = 0
        self.references = []
        self.captions = 0
        self.tables = 0
        self.words = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        self.scripts += tag == "script"
        self.tables += tag == "table"
        self.captions += tag == "caption"
        assert not any(name.startswith("on") for name in values), values
        assert "style" not in values  # the policy would not take it
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        if "aria-labelledby" in values:
            self.references.append(values["aria-labelledby"])
        self.loads += [v for k, v in values.items() if k in {"src", "data"}]

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.words.append(data)


@pytest.fixture(scope="module")
def world(tmp_path_factory, fixtures_dir):
    return report_world.make(tmp_path_factory.mktemp("world"), fixtures_dir)


def write(ledger, *flags):
    output = ledger.with_name("page.html")
    assert (
        script_entry.run([SCRIPT, str(ledger), f"--output={output}", *flags])
        == 0
    )
    return output.read_text("utf-8")


@pytest.fixture(scope="module")
def text(world):
    return write(world)


def test_the_page_is_well_formed(text):
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    for link in page.links:
        assert link.startswith("#")
        assert link[1:] in page.ids
    assert set(page.references) <= set(page.ids)
    assert page.tables == page.captions > 8
    assert page.scripts == 1


def test_the_page_loads_nothing(text):
    page = Page(text)
    assert page.loads == []
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|<link|https?://", text)


def test_names_from_the_ledger_are_text(text):
    assert "<img" not in text
    assert text.count("<script>") == 1
    assert text.count("</style>") == 1
    shown = "".join(Page(text).words)
    assert "</script></style><script>document.title='hacked'" in shown
    assert "\x00" not in text


def test_what_html_does_not_allow_is_replaced():
    assert escape("a\x00\ud800<\x1b") == "a\ufffd\ufffd&lt;\ufffd"
    assert name("\u202e") == "<bdi>\u202e</bdi>"


def test_scores_are_on_the_page(text):
    shown = "".join(Page(text).words)
    assert "81.00 ± 1.11" in shown  # of 80.0, 80.8, 82.2
    assert "3 seeds" in shown
    assert "22 of 940 test rows are also in train" in shown
    assert "dev used as test" in shown
    assert "89.71" in shown
    assert "88.30" in shown
    # Entity level and token level are beside each other, each under its name.
    assert "86.00" in shown
    assert "+5.00" in shown


def test_every_run_can_be_repeated(world, text):
    shown = "".join(Page(text).words)
    for row in read_ledger(str(world)):
        assert f"python scripts/reproduce.py --rerun={row.id}" in shown
    assert "python run_ner.py '--data_dir=a folder/x'" in shown
    assert ledgers.DIGEST in shown


def test_clinical_sentences_are_not_in_the_file(text):
    assert CANARY.lower() not in text.lower()
    assert "--show_texts</code> puts them in" in text
    assert 'class="e-missed"' in text  # public ones are


def test_clinical_sentences_can_be_asked_for(world):
    for wanted in ("portuguese_clinical", "all"):
        text = write(world, f"--show_texts={wanted}")
        assert CANARY in text
        assert "sentences of clinical notes" in text
    assert "telangiectasia" in write(world)
    assert "telangiectasia" not in write(
        world, "--show_texts=portuguese_clinical"
    )


def test_no_sentences_on_wish(world):
    text = write(world, "--show_texts=none")
    assert 'class="errors"' not in text


def test_the_same_ledger_gives_the_same_page(world, text):
    assert write(world) == text


def test_the_page_is_beside_the_ledger_and_private(tmp_path):
    ledger = ledgers.write(tmp_path, [ledgers.row()])
    assert script_entry.run([SCRIPT, str(ledger)]) == 0
    path = tmp_path / "report.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "the run's folder is not there" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no ledger is given"),
        (["{tmp}/nothing.jsonl"], "the ledger is missing"),
        (["{tmp}/empty.jsonl"], "no results"),
        (["{ledger}", "--show_texts=mednli"], "no such experiment"),
        (["{ledger}", "--output={ledger}"], "cannot be written there"),
        (["{ledger}", "--output={tmp}"], "cannot be written there"),
        (["{broken}"], "a line of the ledger cannot be read"),
    ],
)
def test_mistakes_are_explained(tmp_path, capsys, words, said):
    ledger = ledgers.write(tmp_path, [ledgers.row()])
    kept = ledger.read_bytes()
    tuning = ledgers.write(tmp_path / "t", [ledgers.row(purpose="tuning")])
    tuning.rename(tmp_path / "empty.jsonl")
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(kept + b'{"schema": 1}\n')
    names = {"tmp": tmp_path, "ledger": ledger, "broken": broken}
    words = [word.format(**names) for word in words]
    assert script_entry.run([SCRIPT, *words]) == 2
    assert said in capsys.readouterr().err
    assert ledger.read_bytes() == kept
    assert not list(tmp_path.glob("*.html"))


def test_averages_of_types_are_those_of_the_report(text):
    shown = "".join(Page(text).words)
    assert "macro average" in shown
    assert "weighted average" in shown
    assert "58.00" in shown


def test_settings_that_were_tried_are_listed(tmp_path):
    tuned = [
        {"settings": {"learning_rate": "5e-5"}, "score": 71.25},
        {"settings": {"learning_rate": "1e-5"}, "score": 70.0},
    ]
    ledger = ledgers.write(tmp_path, [ledgers.row(tuned=tuned)])
    shown = "".join(Page(write(ledger)).words)
    assert "Settings tried on dev: 2" in shown
    assert "71.25" in shown


def test_groups_of_entities_are_bars(tmp_path):
    rows = [
        ledgers.row(table="biobertpt_ner", experiment=name, score=score)
        for name, score in (("disorders", 70), ("sign", 50))
    ]
    text = write(ledgers.write(tmp_path, rows))
    assert 'class="bars"' in text
    assert text.count('class="bar ours"') == 2
    assert text.count('class="bar p6"') == 2  # BioBERTpt (all), the seventh


def test_the_summary_says_whose_scores_are_ours(text):
    summary = re.search('<section id="summary".*?</section>', text, re.S)
    assert "all-MiniLM-L6-v2" in summary.group()
    assert "with the settings that the tables below name" in summary.group()


def test_runs_that_chose_settings_cost_something_too(tmp_path):
    rows = [
        ledgers.row(),
        ledgers.row(purpose="tuning", seconds=7200.0, split="dev"),
    ]
    shown = "".join(Page(write(ledgers.write(tmp_path, rows))).words)
    assert "Runs to choose settings1, 2.0 h" in shown
    assert "1 run, 2 min in all" in shown  # of the results alone


def test_many_experiments_of_a_changed_setting_are_counted(tmp_path):
    names = ("ncbi_disease", "bc5cdr_chem", "bc2gm", "s800", "linnaeus")
    rows = [
        ledgers.row(
            experiment=each,
            changed={} if each == "s800" else {"learning_rate": ["1", "2"]},
        )
        for each in names
    ]
    text = write(ledgers.write(tmp_path, rows))
    assert "(4 of 5 experiments)" in text


def test_the_summary_says_of_how_many_folds_a_score_is(tmp_path):
    rows = [
        ledgers.row(table="biobert_re", experiment="gad", fold=fold)
        for fold in (1, 2)
    ]
    text = write(ledgers.write(tmp_path, rows))
    assert "<bdi>entity F1</bdi>, 2 of 10 folds" in text
