"""Small corpora in the original files' formats, to tables known by heart."""

from __future__ import annotations

import shutil

import pytest

from foundation.errors import InputError
from preprocessing.entity_markers import marked_pair
from preprocessing.relations.ddi import PAIR_RULE as DDI_RULE
from preprocessing.relations.inputs import find_splits
from preprocessing.relations.pairs import NO_LIMIT, PairRule
from preprocessing.relations.tables import TableOptions, write_table

CHEMPROT_RULE = PairRule((("CHEMICAL", "GENE"),))
SYMPTOMS = (("Drug", "Symptom"),)


@pytest.fixture
def table(fixtures_dir, tmp_path):
    """Converts one split of a fixture; gives rows and account."""

    def convert(corpus, rule, *, split="train", labels="evaluated", **options):
        folder = options.pop("folder", fixtures_dir / "relations" / corpus)
        splits = find_splits(corpus, str(folder), split=split)
        path = tmp_path / "out.tsv"
        settings = {"entity_format": "mask", "negative_label": "no", **options}
        account = write_table(
            str(path),
            splits[split].documents(labels=labels),
            TableOptions(rule=rule, **settings),
        )
        header, *lines = path.read_bytes().decode().split("\n")[:-1]
        assert header == "index\tsentence\tlabel"
        return [tuple(line.split("\t")) for line in lines], account

    return convert


def test_chemprot(table):
    rows, account = table("chemprot", CHEMPROT_RULE)
    blocked = "@CHEMICAL$ (5 μM) blocked TRK9 and the @GENE$ in vitro."
    assert rows == [
        ("1001.T1.T2", "@CHEMICAL$ inhibits the @GENE$ kinase.", "CPR:4"),
        (
            "1001.T3.T4",
            "@CHEMICAL$ (5 μM) blocked @GENE$ and the α-MAT transporter in "
            "vitro.",
            "CPR:4",  # INHIBITOR and DOWNREGULATOR are one group: one row
        ),
        ("1001.T3.T5", blocked, "CPR:9"),
        ("1001.T3.T5", blocked, "CPR:4"),
        # CPR:2 is not evaluated; "vitamin D. mimics" is not cut.
        ("1001.T6.T7", "Binding of @CHEMICAL$ to @GENE$ was seen.", "no"),
        *(
            (index, f"In contrast, {text} was unchanged.", label)
            for index, text, label in (
                (
                    "1001.T8.T9",
                    "@CHEMICAL$ activated @GENE$, and the zorbitol-binding "
                    "protein",
                    "CPR:3",
                ),
                (
                    "1001.T8.T11",
                    "@CHEMICAL$ activated VDRX receptor, and the @GENE$",
                    "no",
                ),
                (
                    "1001.T10.T9",
                    "plamide activated @GENE$, and the @CHEMICAL$-binding "
                    "protein",
                    "no",
                ),
                (
                    "1001.T10.T11",
                    "plamide activated VDRX receptor, and the @CHEM-GENE$",
                    "CPR:6",
                ),
            )
        ),
    ]
    assert account.gold_relations == 9
    assert account.gold_in_the_table == 6
    assert account.gold_told_twice == 1
    assert account.gold_of_labels_not_asked == 1
    assert account.gold_too_many_sentences_apart == 1


def test_chemprot_over_sentences(table):
    rule = PairRule(CHEMPROT_RULE.types, max_sentence_distance=1)
    rows, account = table("chemprot", rule)
    assert (
        "1001.T8.T7",
        "Binding of vitamin D. mimics to @GENE$ was seen. In contrast, "
        "@CHEMICAL$ activated VDRX receptor, and the zorbitol-binding protein "
        "was unchanged.",
        "CPR:5",
    ) in rows
    assert account.gold_over_sentences_kept == 1
    assert account.gold_too_many_sentences_apart == 0
    everywhere = PairRule(CHEMPROT_RULE.types, max_sentence_distance=NO_LIMIT)
    rows, _ = table("chemprot", everywhere)
    assert len({index for index, *_ in rows}) == 5 * 6


@pytest.mark.parametrize(
    ("labels", "expected", "not_asked"),
    [
        ("groups", {"CPR:2", "CPR:3", "CPR:4", "CPR:6", "CPR:9", "no"}, 0),
        (
            "fine",
            {"ACTIVATOR", "ANTAGONIST", "DOWNREGULATOR", "INHIBITOR", "no"}
            | {"SUBSTRATE"},
            1,
        ),
    ],
)
def test_chemprots_other_labels(table, labels, expected, not_asked):
    rows, account = table("chemprot", CHEMPROT_RULE, labels=labels)
    assert {label for *_, label in rows} == expected
    assert account.gold_of_labels_not_asked == not_asked


def test_chemprot_from_the_gold_standard(table, fixtures_dir, tmp_path):
    source = fixtures_dir / "relations" / "chemprot" / "chemprot_training"
    folder = shutil.copytree(source, tmp_path / "chemprot_training")
    full, _ = table("chemprot", CHEMPROT_RULE, folder=folder)
    (folder / "chemprot_training_relations.tsv").unlink()
    rows, account = table("chemprot", CHEMPROT_RULE, folder=folder)
    assert rows == full
    assert account.gold_relations == 8
    with pytest.raises(InputError, match="groups alone"):
        table("chemprot", CHEMPROT_RULE, folder=folder, labels="fine")
    (folder / "chemprot_training_gold_standard.tsv").unlink()
    rows, account = table("chemprot", CHEMPROT_RULE, folder=folder)
    assert {label for *_, label in rows} == {"no"}
    assert account.gold_relations == 0


def test_drugprot_has_types_in_four_columns(table, fixtures_dir, tmp_path):
    source = fixtures_dir / "relations" / "chemprot" / "chemprot_training"
    for part in ("abstracts", "entities"):
        # Its own misspelling of the first.
        name = part.replace("abstracts", "abstracs")
        shutil.copy(
            source / f"chemprot_training_{part}.tsv",
            tmp_path / f"drugprot_training_{name}.tsv",
        )
    (tmp_path / "drugprot_training_relations.tsv").write_text(
        "1001\tINHIBITOR\tArg1:T1\tArg2:T2\n"
    )
    rows, _ = table("chemprot", CHEMPROT_RULE, folder=tmp_path, labels="fine")
    assert [r for *_, r in rows if r != "no"] == ["INHIBITOR"]
    with pytest.raises(InputError, match="types alone"):
        table("chemprot", CHEMPROT_RULE, folder=tmp_path)


def test_ddi(table):
    rows, account = table("ddi", DDI_RULE, negative_label="DDI-false")
    assert rows[0] == (
        "DDI-DrugBank.d900.s0.e0.e1",
        "@DRUG$ increases the effect of @DRUG$ & NORVAX.",
        "DDI-effect",
    )
    labels = [label.removeprefix("DDI-") for *_, label in rows]
    expected = "effect mechanism false false advise int int false false"
    assert " ".join(labels) == expected
    # "dorzan ... salts" by its first part; a true pair without a type: int.
    assert rows[5][1] == (
        "Patients taking dorzan and @GROUP$ should avoid @DRUG$."
    )
    assert rows[4][1].startswith("Patients taking @GROUP$ and zinc salts")
    assert rows[8][1].endswith("zorbitol with @DRUG_N-DRUG$ was small.")
    assert (account.gold_relations, account.gold_in_the_table) == (5, 5)
    assert account.gold_without_type == 1
    assert account.entities_in_parts == 1


def test_brat_any_two(table):
    rows, account = table("brat", PairRule())
    gold = {index: label for index, _, label in rows if label != "no"}
    assert gold == {
        "note1.T2.T3": "Causes",
        "note1.T2.T4": "Causes",
        "note1.T5.T6": "Treats",
        "note1.T7.T8": "Same",
    }
    assert len(rows) == 1 * 3 + 4 * 3 / 2
    assert account.gold_too_many_sentences_apart == 2
    assert account.other_annotations == 2
    assert account.texts == 2


def test_brat_ordered(table):
    rows, _ = table("brat", PairRule(ordered=True))
    labels = {index: label for index, _, label in rows}
    assert len(rows) == len(labels) == 2 * 9
    assert labels["note1.T2.T3"] == "Causes"
    assert labels["note1.T3.T2"] == "no"


def test_brat_markers_over_sentences(table):
    rule = PairRule(SYMPTOMS, max_sentence_distance=1)
    rows, account = table("brat", rule, entity_format="marker")
    (kept,) = [r for r in rows if r[0] == "note1.T2.T6"]
    # A carriage return and a line feed are two spaces: offsets stay.
    assert kept[1:] == (
        "[E1] Zorbitol [/E1] caused rash and fever.  Dorzan stopped the [E2] "
        "fever [/E2], not the joint and muscle pain.",
        "Causes",
    )
    pair = marked_pair(kept[1])
    assert pair.text[slice(*pair.second)] == "fever"
    assert account.gold_of_types_not_asked == 2  # Drug:Drug, and two symptoms
    (backwards,) = [r[1] for r in rows if r[0] == "note1.T5.T3"]
    assert backwards.startswith("Zorbitol caused [E2] rash [/E2]")


def test_splits_by_the_names_of_files_and_folders(fixtures_dir, tmp_path):
    folder = fixtures_dir / "relations"
    for corpus, names in (
        ("chemprot", {"train", "dev", "test"}),
        ("ddi", {"train", "test"}),
        ("brat", {"train", "test"}),
    ):
        path = str(folder / corpus)
        assert set(find_splits(corpus, path, split=None)) == names
        assert set(find_splits(corpus, path, split="test")) == {"test"}
    deeper = str(folder / "brat" / "train")
    assert set(find_splits("brat", deeper, split="dev")) == {"dev"}
    for where, message in ((deeper, "not recognised"), (tmp_path, "no corpus")):
        with pytest.raises(InputError, match=message):
            find_splits("brat", str(where), split=None)
    with pytest.raises(InputError, match="no folder"):
        find_splits("ddi", str(tmp_path / "none"), split=None)
    shutil.copytree(folder / "chemprot", tmp_path / "a")
    shutil.copytree(folder / "chemprot", tmp_path / "b")
    with pytest.raises(InputError, match="there twice"):
        find_splits("chemprot", str(tmp_path), split=None)


def test_lonely_brat_files(fixtures_dir, tmp_path):
    folder = shutil.copytree(
        fixtures_dir / "relations" / "brat", tmp_path / "brat"
    )
    (folder / "train" / "note2.ann").unlink()
    with pytest.raises(InputError, match=r"1 files alone.*without \.ann"):
        find_splits("brat", str(folder), split=None)


def edited(source, target, name, old, new):
    folder = shutil.copytree(source, target)
    (path,) = folder.rglob(name)
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    return folder


@pytest.mark.parametrize(
    ("name", "old", "new", "message", "line"),
    [
        ("*ing_entities.tsv", b"\t0\t8\t", b"\t0\t888\t", "outside", 1),
        ("*ing_entities.tsv", b"\t0\t8\t", b"\t0\tx\t", "no number", 1),
        ("*ing_entities.tsv", b"1001\tT2", b"1001\tT1", "one id", 2),
        ("*ing_entities.tsv", b"1001\tT2", b"9\tT2", "not there", 1),
        ("*ing_entities.tsv", b"1002\tT1", b"9\tT1", "no abstract", 12),
        ("*ing_entities.tsv", b"\tT2\t", b" T2 ", "number of columns", 2),
        ("*ing_entities.tsv", b"\xce\xb1-MAT", b"\xb1-MAT", "not UTF-8", 5),
        ("*ing_relations.tsv", b"Arg1:T1\t", b"Arg1:T99\t", "not there", 1),
        ("*ing_abstracts.tsv", b"1002\t", b"1001\t", "twice", 2),
    ],
)
def test_chemprots_bad_rows(
    table, fixtures_dir, tmp_path, name, old, new, message, line
):
    source = fixtures_dir / "relations" / "chemprot"
    folder = edited(source, tmp_path / "x", name, old, new)
    with pytest.raises(InputError, match=message) as caught:
        table("chemprot", CHEMPROT_RULE, folder=folder)
    assert caught.value.line == line
    assert "orbitol" not in str(caught.value)
    assert not (tmp_path / "out.tsv").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"<document", b"document", "not XML"),
        (b'charOffset="0-7"', b'charOffset="0:7"', "charOffset"),
        (b'charOffset="0-7"', b'charOffset="0-777"', "outside"),
        (b'ddi="true"', b'ddi="yes"', "attributes"),
        (b'type="effect"', b'type="strange"', "attributes"),
        (b's0.e0" charOffset', b's0.e1" charOffset', "alike"),
        (b'e1="DDI-DrugBank.d900.s0.e0"', b'e1="x"', "not there"),
        (b'e2="DDI-DrugBank.d900.s0.e1"', b"", 'without "e2"'),
    ],
)
def test_ddis_bad_files(table, fixtures_dir, tmp_path, old, new, message):
    source = fixtures_dir / "relations" / "ddi"
    folder = edited(source, tmp_path / "x", "Zorbitol_ddi.xml", old, new)
    with pytest.raises(InputError, match=message) as caught:
        table("ddi", DDI_RULE, folder=folder)
    assert "increases" not in str(caught.value)


def test_offsets_of_another_text(table, fixtures_dir, tmp_path):
    source = fixtures_dir / "relations" / "brat"
    one = edited(source, tmp_path / "a", "note1.txt", b"rash", b"gash")
    _, account = table("brat", PairRule(), folder=one)
    assert account.entities_with_other_text == 1
    all_of_them = edited(source, tmp_path / "b", "note1.txt", b"The", b"The ")
    with pytest.raises(InputError, match="8 of 8 entities"):
        table("brat", PairRule(), folder=all_of_them)
