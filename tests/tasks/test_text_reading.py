"""Files of texts, as people have them, to the same examples."""

from __future__ import annotations

import csv
import io
import json
import logging
from dataclasses import replace

import pytest

from foundation.errors import InputError
from tasks.catalog import find_text_corpus
from tasks.text_reading import read_raw, read_split
from tests.tasks.fake_tokenizer import FakeTokenizer

ROWS = [
    ("7", 'A "hot" fever, high.', "fever"),
    ("8", "A broken rib\u2028again.", "injury"),
    ("9", "Cut on the left hand.", "injury"),
]
SECRET = "Patient Zimbul"  # of texts that no message may show


def corpus_of(name="text", script="classifier", **changes):
    return replace(find_text_corpus(name, script), **changes)


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(content)
    return str(folder)


def table(rows, *columns, header=True, separator="\t", end="\n", extra=()):
    """Writes the columns "id", "text" and "label" in an order."""
    place = {"id": 0, "text": 1, "label": 2}
    lines = [separator.join([*columns, *extra])] if header else []
    for row in rows:
        cells = [row[place[column]] for column in columns]
        lines.append(separator.join([*cells, *("x" for _ in extra)]))
    return "".join(line + end for line in lines)


def csv_table(rows, *, quoting=csv.QUOTE_MINIMAL, separator=",", end="\n"):
    """Writes as a CSV writer does."""
    stream = io.StringIO()
    writer = csv.writer(
        stream, quoting=quoting, delimiter=separator, lineterminator=end
    )
    writer.writerow(["id", "text", "label"])
    writer.writerows(rows)
    return stream.getvalue()


def json_lines(rows, *, also=None):
    lines = [
        json.dumps({"label": label, **(also or {}), "id": i, "text": text})
        for i, text, label in rows
    ]
    return "\n".join(lines) + "\n"


BASIC = table(ROWS, "id", "text", "label")
VARIANTS = {
    "header": ("train.tsv", BASIC),
    "byte-order mark": ("train.tsv", b"\xef\xbb\xbf" + BASIC.encode()),
    "CRLF": ("train.tsv", table(ROWS, "id", "text", "label", end="\r\n")),
    "CR": ("train.tsv", table(ROWS, "id", "text", "label", end="\r")),
    "no header": ("train.tsv", table(ROWS, "text", "label", header=False)),
    "no header, BOM, CRLF": (
        "train.tsv",
        b"\xef\xbb\xbf"
        + table(ROWS, "text", "label", header=False, end="\r\n").encode(),
    ),
    "label first": ("train.tsv", table(ROWS, "label", "id", "text")),
    "extra columns": (
        "train.tsv",
        table(ROWS, "text", "label", "id", extra=("note", "who")),
    ),
    "blank lines, no last line end": (
        "train.tsv",
        "\n" + BASIC.replace("\n", "\n\n").rstrip("\n"),
    ),
    "upper-case header": (
        "train.tsv",
        BASIC.replace("id\ttext\tlabel", "ID\tText\tLabel"),
    ),
    "spaces about cells": ("train.tsv", BASIC.replace("\t", " \t ")),
    "CSV": ("train.csv", csv_table(ROWS)),
    "CSV, all quoted": ("train.csv", csv_table(ROWS, quoting=csv.QUOTE_ALL)),
    "CSV, CRLF": ("train.csv", csv_table(ROWS, end="\r\n")),
    "TSV of a CSV writer": ("train.tsv", csv_table(ROWS, separator="\t")),
    "TSV, all quoted": (
        "train.tsv",
        csv_table(ROWS, quoting=csv.QUOTE_ALL, separator="\t"),
    ),
    "JSON lines": ("train.jsonl", json_lines(ROWS)),
    "JSON lines, more keys": (
        "train.jsonl",
        json_lines(ROWS, also={"who": ["a"], "n": 1, "text_b": None}),
    ),
}


def facts(examples):
    """Returns examples without ids and lines, which files differ in."""
    return [(e.text_a, e.text_b or None, e.label) for e in examples]


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_of_a_file_are_the_same_examples(tmp_path, variant):
    folder = put(tmp_path, *VARIANTS[variant])
    examples, used = read_split(corpus_of(), folder, "train")
    assert facts(examples) == [(text, None, label) for _, text, label in ROWS]
    if "no header" not in variant:
        assert [e.example_id for e in examples] == ["7", "8", "9"]
    assert used[0].num_examples == 3
    assert used[0].path.endswith(VARIANTS[variant][0])


@pytest.mark.parametrize("form", [int, str])
def test_columns_that_flags_name(tmp_path, form):
    text = "note_text\tfoo\tdiagnosis\n" * (form is str)
    text += "".join(f"{a}\t{i}\t{b}\n" for i, a, b in ROWS)
    columns = ("note_text", "diagnosis") if form is str else (0, -1)
    corpus = corpus_of()
    layout = replace(
        corpus.train[0], text_a=columns[:1], label=columns[1:], example_id=()
    )
    corpus = replace(corpus, train=(layout,))
    examples, _ = read_split(corpus, put(tmp_path, "train.tsv", text), "train")
    assert facts(examples) == [(text, None, label) for _, text, label in ROWS]
    assert [e.example_id for e in examples] == ["0", "1", "2"]


def test_pairs_are_recognised_by_their_columns(tmp_path):
    text = "premise\thypothesis\tlabel\na b\tc\tx\nd\te f\ty\n"
    examples, _ = read_split(
        corpus_of(), put(tmp_path, "train.tsv", text), "train"
    )
    assert facts(examples) == [("a b", "c", "x"), ("d", "e f", "y")]


# --- MedNLI: three forms of the same pairs.

PAIRS = [
    ("101", 'The lungs are "clear".', "No fluid.", "entailment"),
    ("102", "He fell.", "He has osteoporosis.", "neutral"),
    ("103", "No fever.", "He is hot.", "contradiction"),
]


def mednli_files(folder):
    lines = [
        json.dumps(
            {"pairID": i, "sentence1": a, "sentence2": b, "gold_label": label}
        )
        for i, a, b, label in PAIRS
    ]
    lines.insert(1, '{"sentence1": "a", "sentence2": "b", "gold_label": "-"}')
    lines.append('{"sentence1": "a", "sentence2": "b", "gold_label": null}')
    blue = ["index\tsentence1\tsentence2\tlabel"]
    blue += ["\t".join(pair) for pair in PAIRS]
    bluebert = ["label\tindex\tsentence1\tsentence2"]
    bluebert += ["\t".join([p[3], *p[:3]]) for p in PAIRS]
    nameless = ["c0\tc1\tc2\tc3", *bluebert[1:]]
    forms = {
        "mli_train_v1.jsonl": lines,
        "blue/train.tsv": blue,
        "bluebert/train.tsv": bluebert,
        "nameless/train.tsv": nameless,  # BlueBERT's script skips any header
    }
    for name, each in forms.items():
        put(folder, name, "\n".join(each) + "\n")
    return [folder, folder / "blue", folder / "bluebert", folder / "nameless"]


def test_json_lines_and_both_orders_of_tsv_are_the_same(tmp_path, caplog):
    folders = mednli_files(tmp_path)
    corpus = corpus_of("mednli")
    with caplog.at_level(logging.WARNING):
        first, *others = [
            read_split(corpus, str(folder), "train")[0] for folder in folders
        ]
    assert [e.example_id for e in first] == ["101", "102", "103"]
    for other in others:
        assert facts(other) == facts(first)
    assert "2 rows have no decided label: left out" in caplog.text


def test_json_lines_and_tsv_give_the_same_features(tmp_path):
    from tasks.class_labels import labels_of_corpus
    from tasks.classification import ClassificationTask, TextOptions

    corpus = corpus_of("mednli")
    tables = []
    for folder in mednli_files(tmp_path):
        task = ClassificationTask(
            corpus,
            str(folder),
            tokenizer=FakeTokenizer(),
            labels=labels_of_corpus(corpus, [], ""),
            options=TextOptions(),
        )
        table = task.read("train").table
        tables.append(table.batch(range(len(table)), length=64))
    for table in tables[1:]:
        for name, values in tables[0].items():
            assert (table[name] == values).all(), name


# --- Other projects' orders.


def test_hoc_of_blue_has_a_header_of_other_columns(tmp_path):
    # create_hoc.py: four names, three columns, quotes of a CSV writer.
    text = (
        "index\tsentence1\tsentence2\tlabel\n"
        '11_s0\t"a ""b"" c"\tresisting cell death,cellular energetics\n'
        "11_s1\td\t\n"
    )
    labels = ("cellular energetics", "resisting cell death")
    folder = put(tmp_path, "test.tsv", text)
    examples, _ = read_split(corpus_of("hoc"), folder, "test")
    assert facts(examples) == [('a "b" c', None, labels), ("d", None, ())]
    assert [e.example_id for e in examples] == ["11_s0", "11_s1"]


def test_hoc_of_bluebert_has_two_columns(tmp_path):
    held = ",".join(f"{i}_{int(i in (2, 9))}" for i in range(10))
    text = f"x\ty\n{held}\ta b\n3_1\tc\n"  # one label needs no comma
    folder = put(tmp_path, "train.tsv", text)
    examples, _ = read_split(corpus_of("hoc"), folder, "train")
    assert facts(examples) == [
        ("a b", None, ("cellular energetics", "tumor promoting inflammation")),
        ("c", None, ("enabling replicative immortality",)),
    ]


def test_documents_are_joined_with_the_labels_of_their_rows(tmp_path):
    text = (
        "labels\tsentence\tindex\n0_1\ta b\t5_s0\n\tc\t6_s0\n"
        "0_1,3_1\td\t5_s1\n\te\t6_s1\n"
    )
    folder = put(tmp_path, "dev.tsv", text)
    examples, used = read_split(corpus_of("hoc_documents"), folder, "dev")
    names = corpus_of("hoc").labels
    assert [e.example_id for e in examples] == ["5", "6"]
    assert facts(examples) == [
        ("a b d", None, (names[0], names[3])),
        ("c e", None, ()),
    ]
    assert used[0].num_examples == 4


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("a b\tcpr:3\nc\tFALSE\n", ["0", "1"]),  # BioBERT's train and dev
        ("index\tsentence\tlabel\n5\ta b\tCPR:3\n6\tc\tfalse\n", ["5", "6"]),
        ("5\ta b\tCPR:3\n6\tc\tfalse\n", ["0", "1"]),
        ("label\tsentence\nCPR:3\ta b\nfalse\tc\n", ["0", "1"]),
    ],
)
def test_relation_files_of_two_projects(tmp_path, text, ids):
    corpus = corpus_of("chemprot", "relation")
    for split in ("train", "test"):
        folder = put(tmp_path, f"{split}.tsv", text)
        examples, _ = read_split(corpus, folder, split)
        assert facts(examples) == [("a b", None, "CPR:3"), ("c", None, "false")]
        assert [e.example_id for e in examples] == ids


def test_short_names_of_ddi(tmp_path):
    names = ["advise", "effect", "int", "mechanism", "false", "ddi-INT"]
    text = "".join(f"s{i}\t{name}\n" for i, name in enumerate(names))
    folder = put(tmp_path, "train.tsv", text)
    examples, _ = read_split(corpus_of("ddi", "relation"), folder, "train")
    assert [e.label for e in examples] == [
        *("DDI-advise", "DDI-effect", "DDI-int", "DDI-mechanism"),
        *("DDI-false", "DDI-int"),
    ]


def test_rows_of_qqp_that_are_cut_off_are_counted(tmp_path, caplog):
    text = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
    text += "1\t2\t3\ta\tb\t1\n4\t5\t6\tc\n7\t8\t9\td\te\t0\n"
    folder = put(tmp_path, "train.tsv", text)
    examples, _ = read_split(corpus_of("qqp"), folder, "train")
    assert [e.example_id for e in examples] == ["1", "7"]
    assert "1 rows are too short: left out" in caplog.text


def test_xnli_takes_its_language_and_spelling(fixtures_dir):
    folder = str(fixtures_dir / "corpora" / "xnli")
    train, _ = read_split(corpus_of("xnli"), folder, "train")
    assert train[0].label == "contradiction"  # "contradictory" in the file
    dev, _ = read_split(corpus_of("xnli"), folder, "dev")
    assert [e.example_id for e in dev] == ["2", "3"]


def test_race_has_a_row_for_each_question(fixtures_dir):
    folder = str(fixtures_dir / "corpora" / "race")
    examples, used = read_split(corpus_of("race"), folder, "train")
    assert [e.example_id for e in examples] == [
        *("m1.txt-0", "m1.txt-1", "h1.txt-0", "h1.txt-1"),
    ]
    assert [e.label for e in examples] == ["B", "A", "C", "D"]
    assert examples[1].choices == ("red", "blue", "old", "lost")
    assert examples[0].text_a == examples[1].text_a
    assert len(used) == 2
    dev, _ = read_split(corpus_of("race"), folder, "dev")  # a file an article
    assert [e.example_id for e in dev] == ["m7.txt-0", "h3.txt-0"]


# --- PubMedQA.


def test_pubmedqa_is_split_as_its_authors_did(shared_dir):
    data = shared_dir / "data" / "qa" / "pubmedqa"
    found = {
        split: [e.example_id for e in read_split(*args, split)[0]]
        for split in ("train", "dev", "test")
        for args in [(corpus_of("pubmedqa"), str(data))]
    }
    truth = json.loads((data / "test_ground_truth.json").read_text())
    assert set(found["test"]) == set(truth)
    assert {k: len(v) for k, v in found.items()} == {
        "train": 450,
        "dev": 50,
        "test": 500,
    }
    assert len({i for ids in found.values() for i in ids}) == 1000


def test_pubmedqa_of_a_fold_and_without_decisions(tmp_path, caplog):
    entry = {"QUESTION": "Is it?", "CONTEXTS": ["a.", "b."]}
    decided = {**entry, "final_decision": "maybe"}
    put(tmp_path, "fold/dev_set.json", json.dumps({"5": decided}))
    put(tmp_path, "test_set.json", json.dumps({"6": entry}))
    corpus = corpus_of("pubmedqa")
    dev, _ = read_split(corpus, str(tmp_path / "fold"), "dev")
    assert facts(dev) == [("Is it?", "a. b.", "maybe")]
    test, _ = read_split(corpus, str(tmp_path / "fold"), "test")
    assert facts(test) == [("Is it?", "a. b.", None)]
    assert "no label" in caplog.text
    bad = {"5": {"QUESTION": SECRET}}
    put(tmp_path, "fold/dev_set.json", json.dumps(bad))
    with pytest.raises(InputError, match="entry 1 without") as caught:
        read_split(corpus, str(tmp_path / "fold"), "dev")
    assert SECRET not in str(caught.value)


# --- Test data without labels, and texts to predict.


@pytest.mark.parametrize(
    "text",
    [
        "index\tsentence\n5\ta b\n6\tc\n",  # no column
        "index\tsentence\tlabel\n5\ta b\t\n6\tc\t \n",  # a blank one
        "a b\nc\n",  # no header
    ],
)
def test_test_data_without_labels(tmp_path, text):
    folder = put(tmp_path, "test.tsv", text)
    corpus = corpus_of("gad", "relation")
    examples, _ = read_split(corpus, folder, "test")
    assert facts(examples) == [("a b", None, None), ("c", None, None)]
    put(tmp_path, "train.tsv", text)
    with pytest.raises(InputError) as caught:
        read_split(corpus, folder, "train")
    assert caught.value.line is not None


def test_a_label_that_is_missing_in_test_is_not_made_up(tmp_path, caplog):
    text = "index\tsentence\tlabel\n5\ta b\t1\n6\tc\t\n"
    folder = put(tmp_path, "test.tsv", text)
    examples, _ = read_split(corpus_of("gad", "relation"), folder, "test")
    assert [e.label for e in examples] == ["1", None]
    assert "1 rows have no label: nothing can be scored" in caplog.text


def test_similarity_without_scores(tmp_path):
    text = "index\tsentence1\tsentence2\n5\ta b\tc\n6\td\te\n"
    folder = put(tmp_path, "test.tsv", text)
    examples, _ = read_split(corpus_of("biosses"), folder, "test")
    assert facts(examples) == [("a b", "c", None), ("d", "e", None)]


@pytest.mark.parametrize(
    ("name", "script", "file", "text"),
    [
        ("gad", "relation", "x.txt", "a b\nc\n"),
        ("gad", "relation", "x.tsv", "a b\nc\n"),
        ("gad", "relation", "x.tsv", "index\tsentence\n1\ta b\n2\tc\n"),
        ("gad", "relation", "x.tsv", "index\tsentence\tlabel\n1\ta b\tx\n2\tc"),
        ("gad", "relation", "x.tsv", "a b\t0\nc\t1\n"),  # as its train.tsv
        ("gad", "relation", "x.csv", "sentence,who\na b,x\nc,y\n"),
        ("gad", "relation", "x.jsonl", '{"text": "a b"}\n{"text": "c"}\n'),
        ("chemprot_scibert", "relation", "x.txt", "a b\nc\n"),
        (
            *("chemprot_scibert", "relation", "x.txt"),
            '{"text": "a b", "label": "?"}\n{"text": "c"}\n',
        ),
        ("text", "classifier", "x.txt", "a b\nc\n"),
        ("text", "classifier", "x.tsv", "text\na b\nc\n"),
        ("cola", "classifier", "x.tsv", "index\tsentence\n0\ta b\n1\tc\n"),
        ("cola", "classifier", "x.tsv", "a b\nc\n"),
        ("hoc", "classifier", "x.tsv", "sentence\tindex\na b\t5_1\nc\t6_1\n"),
    ],
)
def test_texts_to_predict(tmp_path, name, script, file, text):
    folder = put(tmp_path, file, text)
    examples = read_raw(corpus_of(name, script), f"{folder}/{file}")
    assert facts(examples) == [("a b", None, None), ("c", None, None)]


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("mednli", "x.txt", "a b\tc\nd\te\n"),
        ("mednli", "x.tsv", "a b\tc\nd\te\n"),
        ("mednli", "x.tsv", "sentence2\tsentence1\nc\ta b\ne\td\n"),
        (
            *("mednli", "x.jsonl"),
            '{"sentence1": "a b", "sentence2": "c"}\n'
            '{"sentence2": "e", "sentence1": "d", "gold_label": "-"}\n',
        ),
        ("mnli", "x.txt", "a b\tc\nd\te\n"),
        ("biosses", "x.csv", "sentence1,sentence2\na b,c\nd,e\n"),
        ("pubmedqa", "x.tsv", "question\tcontext\na b\tc\nd\te\n"),
        ("text", "x.txt", "a b\tc\nd\te\n"),
    ],
)
def test_pairs_to_predict(tmp_path, name, file, text):
    folder = put(tmp_path, file, text)
    examples = read_raw(corpus_of(name), f"{folder}/{file}")
    assert facts(examples) == [("a b", "c", None), ("d", "e", None)]


def test_a_line_of_a_txt_file_is_a_text_with_its_tabs(tmp_path, caplog):
    folder = put(tmp_path, "x.txt", "a b\tc\n\nd\n")
    for name, script in (("gad", "relation"), ("hoc", "classifier")):
        examples = read_raw(corpus_of(name, script), f"{folder}/x.txt")
        assert [e.text_a for e in examples] == ["a b\tc", "d"]
        assert "1 blank lines: left out" in caplog.text


def test_a_column_that_a_flag_names_is_predicted(tmp_path):
    folder = put(tmp_path, "x.tsv", "5\ta b\n6\tc\n")
    corpus = corpus_of()
    test = tuple(replace(layout, text_a=(1,)) for layout in corpus.test)
    corpus = replace(corpus, test=test)
    examples = read_raw(corpus, f"{folder}/x.tsv")
    assert facts(examples) == [("a b", None, None), ("c", None, None)]


def test_race_to_predict(fixtures_dir):
    corpus = corpus_of("race")
    folder = fixtures_dir / "corpora" / "race" / "RACE" / "test"
    assert len(read_raw(corpus, str(folder))) == 3
    one = read_raw(corpus, str(folder / "high" / "2.txt"))
    assert [e.label for e in one] == [None]


def test_a_pair_without_second_text_is_told(tmp_path, caplog):
    folder = put(tmp_path, "x.txt", "a\t\nb\tc\n")
    examples = read_raw(corpus_of("mednli"), f"{folder}/x.txt")
    assert [e.text_b for e in examples] == ["", "c"]
    assert "1 rows lack the second text: read as single" in caplog.text


# --- What cannot be read: file and line, and no text.

BAD = {
    "unknown label": (
        *("gad", "relation", "train.tsv"),
        f"{SECRET} a\t1\n{SECRET} b\t2\n",
        2,
        "unknown label: got 2, expected one of 0, 1",
    ),
    "label that is a text": (
        *("gad", "relation", "train.tsv"),
        f"a\t1\n1\t{SECRET} b\n",
        2,
        "unknown label: got 16 characters",
    ),
    "short row": (
        *("gad", "relation", "train.tsv"),
        f"a\t1\n{SECRET}\n",
        2,
        "a row is too short: got 1 columns, expected at least 2",
    ),
    "row without its id": (
        *("relation", "relation", "train.tsv"),
        f"1\ta\tyes\n2\tb\tno\n{SECRET}\tno\n",
        3,
        "a row is too short: got 2 columns, expected at least 3",
    ),
    "all rows short": (
        *("cola", "classifier", "train.tsv"),
        f"{SECRET}\t1\n{SECRET}\t1\n",
        1,
        "a row is too short: got 2 columns, expected at least 4",
    ),
    "no label column": (
        *("gad", "relation", "train.tsv"),
        f"index\tsentence\n1\t{SECRET}\n",
        1,
        "no column of the label: got the columns index, sentence",
    ),
    "score out of range": (
        *("biosses", "classifier", "train.tsv"),
        f"index\tsentence1\tsentence2\tscore\n1\ta\tb\t4\n1\t{SECRET}\tb\t4.5\n",
        3,
        "unknown label: got 4.5, expected a number from 0 to 4",
    ),
    "score that is none": (
        *("biosses", "classifier", "train.tsv"),
        f"index\tsentence1\tsentence2\tscore\n1\ta\tb\t{SECRET}\n",
        2,
        "got 14 characters, expected a number",
    ),
    "JSON line cut off": (
        *("mednli", "classifier", "mli_train_v1.jsonl"),
        f'{{"sentence1": "a"}}\n{{"sentence1": "{SECRET}\n',
        2,
        "a line is no JSON object",
    ),
    "JSON without a text": (
        *("mednli", "classifier", "mli_train_v1.jsonl"),
        '{"sentence1": "a", "sentence2": "b", "gold_label": "neutral"}\n'
        f'{{"sentence1": "{SECRET}", "gold_label": "neutral"}}\n',
        2,
        "a value is missing: got no 'sentence2'",
    ),
    "JSON with other keys": (
        *("mednli", "classifier", "mli_train_v1.jsonl"),
        f'{{"premise": "{SECRET}", "gold_label": "neutral"}}\n',
        1,
        "no column of the text: got the columns premise, gold_label",
    ),
    "CSV quote without end": (
        *("text", "classifier", "train.csv"),
        f'text,label\na,x\n"{SECRET},y\nb,z\n',
        3,
        "a quoted cell has no end",
    ),
    "unknown hallmark": (
        *("hoc", "classifier", "train.tsv"),
        f"labels\tsentence\n10_1,0_0\t{SECRET}\n",
        2,
        "unknown label: got 8 characters",
    ),
    "RACE with three options": (
        *("race", "classifier", "train/high/all.txt"),
        json.dumps(
            {
                "article": SECRET,
                "questions": ["a"],
                "options": [["a", "b", "c"]],
                "answers": ["A"],
            }
        ),
        1,
        "an article is not as RACE's",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_errors_name_file_and_line_and_show_no_text(tmp_path, case):
    name, script, file, text, line, message = BAD[case]
    folder = put(tmp_path, file, text)
    with pytest.raises(InputError) as caught:
        read_split(corpus_of(name, script), folder, "train")
    said = str(caught.value)
    assert message in said
    assert f"{file}:{line}: " in said
    assert SECRET not in said


def test_nothing_is_left(tmp_path):
    text = "index\tsentence1\tsentence2\tlabel\n1\ta\tb\t-\n2\tc\td\t-\n"
    folder = put(tmp_path, "train.tsv", text)
    with pytest.raises(InputError, match="no example is left: got 2 rows"):
        read_split(corpus_of("mednli"), folder, "train")


def test_an_empty_dev_file_is_told_with_what_to_do(fixtures_dir):
    folder = str(fixtures_dir / "corpora" / "gad")
    with pytest.raises(InputError, match=r"file is empty.*--do_eval=false"):
        read_split(corpus_of("gad", "relation"), folder, "dev")


def test_files_that_are_not_there(tmp_path):
    corpus = corpus_of("mednli")
    with pytest.raises(InputError, match="data folder is missing"):
        read_split(corpus, str(tmp_path / "no"), "train")
    put(tmp_path, "notes.txt", "x")
    with pytest.raises(InputError) as caught:
        read_split(corpus, str(tmp_path), "dev")
    said = str(caught.value)
    assert "got a folder with notes.txt" in said
    assert "one of mli_dev_v1.jsonl, dev.tsv" in said
    assert "--do_eval=false" in said


def test_texts_are_changed_and_errors_say_where(tmp_path):
    folder = put(tmp_path, "train.tsv", "a b\t1\nc\t0\n")
    corpus = corpus_of("gad", "relation")
    examples, _ = read_split(corpus, folder, "train", change=str.upper)
    assert [e.text_a for e in examples] == ["A B", "C"]

    def refuse(text):
        if text == "c":
            raise InputError("no entities")
        return text

    with pytest.raises(InputError, match=r"train.tsv:2: no entities"):
        read_split(corpus, folder, "train", change=refuse)


def test_a_first_row_is_not_lost_as_a_header(tmp_path):
    corpus = find_text_corpus("biosses", "classifier")
    rows = ["1\tone text\tanother\t2.5", "2\ta\tb\t0.0"]
    (tmp_path / "train.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    with pytest.raises(InputError, match="not a header") as error:
        read_split(corpus, str(tmp_path), "train")
    assert error.value.line == 1
    assert "--header=no" in str(error.value)
    assert "another" not in str(error.value)


def test_a_column_of_numbers_is_no_text(tmp_path):
    corpus = find_text_corpus("text", "classifier")
    path = tmp_path / "x.tsv"
    path.write_text("1\ta text of three\n2\tanother one\n", "utf-8")
    with pytest.raises(InputError, match="numbers alone") as error:
        read_raw(corpus, str(path))
    assert "--text_col" in str(error.value)
    assert "three" not in str(error.value)
