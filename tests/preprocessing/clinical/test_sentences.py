import csv
import hashlib
import json
import random
import sys
import types

import pytest

from foundation.errors import InputError
from preprocessing.clinical.boundary_agreement import Agreement, agreement
from preprocessing.clinical.sentences import (
    SPLITTERS,
    find_splitter,
    split_portuguese_sentences,
    split_sentences,
)


def parts(text, split=split_sentences):
    return [text[start:end] for start, end in split(text)]


def marked(text):
    """Returns a text with | where a sentence ends, and its sentences."""
    return text.replace("|", ""), [part.strip() for part in text.split("|")]


@pytest.mark.parametrize(
    "case",
    [
        "Seen by Dr. [**Last Name (STitle) 18**] today.| She takes 50 mg p.o. "
        "b.i.d.| Continue metoprolol 12.5 mg q.d. and aspirin.",
        "PMH: 1) CAD.| 2) HTN, s/p CABG x 4.| 3) DM.",
        "History: 1. Pain.| 2. Edema of the leg.| 3. None.",
        "Para: 1.| She is well.| Temperature: 98.| He sleeps.",
        "#1. Pain.| #2. Nausea, 2 days.",
        "BP 120/80.| P 72.| T 98.6.| He has no pain.| WBC 12.| Hct. 35.",
        "Pt. denies pain.| Pt. was seen vs. discharged.| No. 5 catheter.",
        "Take 1 tab. p.o. q.6h. p.r.n. pain.| Follow up with Dr. A. B. Smith, "
        "M.D. in 2 weeks.",
        "no fever.| no chills.| oriented x3.| He is a 65 y.o. male w/ CHF.",
        "He is a 65 y.o. M w/ CHF.| She is 5 y.o.| She walks.| BUN 9, Cr. 1.",
        "Tylenol p.r.n. for pain etc. and rest.| ate well. and slept.",
        "c/w ? PNA vs. CHF.| Will treat.| Why?| He asked.",
        "Admitted at 10:30 a.m.| He was given 2.5 mg at 8 p.m. on Monday.",
        "He quit 20 years ago.| 2 packs before.| Carried out.| 3 vessels.",
        "He has hepatitis C.| Continue.| Size F.| At 5 ft. 8 in. he stood.",
        "WBC-12.3* RBC-3.45* Hgb-10.2* Hct-31.5* MCV-91",
        "Colon CA.| Father, hypertension.| _____ was seen.| Done.",
        "Seen 10/12.| [**Hospital1 18**] called.| Seen [**2150-1-2**].| Ok.",
    ],
)
def test_english_boundaries(case):
    text, expected = marked(case)
    assert parts(text) == expected


@pytest.mark.parametrize(
    "case",
    [
        "Visto pelo Dr. Silva e pela Dra. Sousa, dose máx. 40 mg.| Fez AAS "
        "100 mg 1x/dia VO 12/12h.| Glicemia 110 mg/dL.| Sem queixas.",
        "Sr. João refere dor, p. ex. ao levantar.| Sra. Maria nega febre.| "
        "TA 130/80 mmHg.",
        "Mantém dipirona 1 g EV 6/6h, máx. 4x ao dia.| Aprox. 500 mL de SF "
        "0,9% 8/8h.| À alta, melhor.| É hipertenso.",
        "Fez furosemida 40 mg i.v. e captopril 25 mg v.o. 8/8 h.| Ex.: dor.",
        "Défice do nervo dto.| Medicada com prednisolona.| sem febre.",
    ],
)
def test_portuguese_boundaries(case):
    text, expected = marked(case)
    assert parts(text, split_portuguese_sentences) == expected


def test_layout():
    note = (
        "Discharge Condition:\nStable.\n\nMEDICATIONS\n1. Aspirin\n"
        "2. Lisinopril 20 mg daily, which the patient has taken for many\n"
        "years now.\nBP 120/80 P 72\n______\nThe patient lives with her "
        "husband, who is well. Code Status:\nDNR. She has a daughter.\n"
        "- no pain\n- Previa: ?\n\nNone"
    )
    assert [" ".join(part.split()) for part in parts(note)] == [
        "Discharge Condition:",
        "Stable.",
        "MEDICATIONS",
        "1. Aspirin",
        "2. Lisinopril 20 mg daily, which the patient has taken for many "
        "years now.",
        "BP 120/80 P 72",
        "______",
        "The patient lives with her husband, who is well.",
        "Code Status: DNR.",
        "She has a daughter.",
        "- no pain",
        "- Previa: ?",
        "None",
    ]


def test_a_mark_is_never_cut():
    mark = "[**Name. (NI) 1!\nStreet? Dr. Wan.\n\nIn 5**]"
    assert parts(f"Seen by {mark} today. Well.") == [
        f"Seen by {mark} today.",
        "Well.",
    ]
    assert len(parts("[**" + "One. " * 100)) == 100  # never closed: no mark


PIECES = [
    *'aB1.?!)"(:# \n\r\t中。é',
    "Dr. ",
    ". A",
    ". a",
    "loss. poor",
    "[**",
    "**]",
    "[**Name 1**]",
    " ? ",
    "1. ",
    "\u00a0",
    "\u200b",
    "\x0c",
    "\x1c",
    "\u2028",
]


@pytest.mark.parametrize("name", ["rules", "rules-pt"])
def test_every_visible_character_is_in_one_sentence(name):
    drawn = random.Random(8)
    split = find_splitter(name)
    for _ in range(1500):
        text = "".join(drawn.choices(PIECES, k=40))
        last = 0
        for start, end in split(text):
            assert last <= start < end
            assert not text[last:start].strip()
            assert text[start:end] == text[start:end].strip()
            last = end
        assert not text[last:].strip()


@pytest.mark.parametrize(
    "unit", ["[**", "[** a\n**] ", "? ", "a ? A", "1. ", ": 1. A", "loss. a "]
)
def test_time_grows_with_length_only(unit):
    # Were it quadratic, this would take minutes; the test's timeout sees it.
    text = unit * (150_000 // len(unit))
    assert sum(b - a for a, b in split_sentences(text)) <= len(text)


def excerpts(fixtures_dir, name):
    path = fixtures_dir / "clinical_sentences" / f"{name}.jsonl"
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def f1_of(excerpts):
    counts = Agreement()
    for excerpt in excerpts:
        text = excerpt["text"]
        assert hashlib.sha256(text.encode()).hexdigest() == excerpt["sha256"]
        counts += agreement(split_sentences(text), excerpt["spans"])
    return counts


@pytest.mark.parametrize("name", ["dev", "test"])
def test_marked_sentences_that_are_bundled(fixtures_dir, name):
    bundled = [e for e in excerpts(fixtures_dir, name) if e["text"]]
    counts = f1_of(bundled)
    assert counts.expected > 50
    assert counts.f1 > 0.95


@pytest.mark.shared
@pytest.mark.parametrize(("name", "sentences"), [("dev", 289), ("test", 270)])
def test_all_marked_sentences(shared_dir, fixtures_dir, name, sentences):
    marked_ones = excerpts(fixtures_dir, name)
    assert sum(len(e["spans"]) for e in marked_ones) == sentences
    wanted = {str(e["row_id"]): e for e in marked_ones}
    folder = shared_dir / "data" / "clinical" / "noteevents-shaped"
    with (folder / "NOTEEVENTS.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if excerpt := wanted.get(row["ROW_ID"]):
                text = row["TEXT"][excerpt["start"] : excerpt["end"]]
                assert excerpt["text"] in (None, text)
                excerpt["text"] = text
    assert f1_of(marked_ones).f1 > 0.95


def test_agreement():
    counts = agreement([(0, 3), (4, 6), (7, 9)], [(0, 6), (7, 8), (8, 9)])
    assert counts == Agreement(common=1, found=2, expected=2)
    counts += Agreement(1, 1, 2)
    assert (counts.precision, counts.recall) == (2 / 3, 0.5)
    assert counts.f1 == pytest.approx(4 / 7)
    assert Agreement().f1 == Agreement().precision == Agreement().recall == 1
    assert Agreement(0, 2, 3).f1 == 0


@pytest.mark.parametrize("name", ["", "rule", "rules:x", "spacy:"])
def test_an_unknown_splitter(name):
    with pytest.raises(InputError, match="no such sentence splitter"):
        find_splitter(name)


@pytest.mark.parametrize("name", ["nltk", "spacy", "scispacy", "spacy:x"])
def test_a_library_that_is_not_installed(monkeypatch, name):
    for module in ("nltk", "nltk.tokenize.punkt", "spacy"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match="pip install"):
        find_splitter(name)


class FakeToken(types.SimpleNamespace):
    is_sent_start = None

    @property
    def is_title(self):
        return self.text.istitle()


class FakeDocument(list):
    """Sentences as spaCy gives them: one after each full stop, then none."""

    def __init__(self, text):
        super().__init__(
            FakeToken(text=word, i=i) for i, word in enumerate(text.split())
        )
        middle = text.index(".") + 1
        ends = [(0, middle), (middle, len(text)), (len(text), len(text))]
        self.sents = [
            types.SimpleNamespace(start_char=a, end_char=b) for a, b in ends
        ]


class FakePipeline:
    max_length = 5

    def __init__(self):
        self.pipes = {}

    def add_pipe(self, name, before=None):
        self.pipes[name] = before

    def __call__(self, text):
        assert len(text) < self.max_length
        return FakeDocument(text)


def fake_spacy(monkeypatch):
    pipeline, components = FakePipeline(), {}
    spacy = types.ModuleType("spacy")
    spacy.blank = lambda _: pipeline
    spacy.load = lambda *_, **__: pipeline
    language = types.ModuleType("spacy.language")
    language.Language = types.SimpleNamespace(
        component=lambda name, func: components.update({name: func})
    )
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    monkeypatch.setitem(sys.modules, "spacy.language", language)
    return pipeline, components


@pytest.mark.parametrize("name", ["spacy", "spacy:x", "scispacy"])
def test_sentences_of_spacy_are_stripped(monkeypatch, name):
    fake_spacy(monkeypatch)
    split = find_splitter(name)
    assert parts(" One two. \n\n Three\n", split) == ["One two.", "Three"]


def test_clinicalbert_boundaries(monkeypatch):
    pipeline, components = fake_spacy(monkeypatch)
    find_splitter("scispacy")
    ((name, boundaries),) = components.items()
    assert pipeline.pipes == {name: "parser"}
    document = boundaries(FakeDocument("a . Be . c - d - - e . F g . H"))
    starts = [token.i for token in document if token.is_sent_start]
    assert starts == [2, 6, 9, 11]
    assert set(SPLITTERS) == {"rules", "rules-pt", "nltk", "spacy", "scispacy"}
