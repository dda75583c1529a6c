"""Annotations to words and tags and back: nothing lost, all accounted for."""

from __future__ import annotations

import dataclasses
import json
import random
import stat

import pytest

from foundation.errors import InputError
from preprocessing import characters
from preprocessing.annotations.document import Mention
from preprocessing.annotations.formats import FORMATS
from tasks.readers import read_tagged_sentences
from tests.annotation_corpora import (
    convert,
    corpus_file,
    mentions_in,
    random_corpus,
    read,
    write,
)


def counts_of(folder):
    (path,) = folder.glob("*.conversion.json")
    report = json.loads(path.read_text("utf-8"))
    return report["counts"]


def to_conll(name, corpus, out, **values):
    values = {"types": "all", **values}
    convert(
        from_format=name, to_format="conll", input=corpus, output_dir=out,
        **values,
    )  # fmt: skip


def back(name, tagged, out, **values):
    convert(
        from_format="conll", to_format=name, input=tagged, output_dir=out,
        **values,
    )  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_there_and_back(name, tmp_path):
    number = 1000 if name == "brat" else 300
    corpus = random_corpus(name, num_mentions=number, seed=5)
    write(name, corpus, tmp_path / "in")
    first, _ = read(name, tmp_path / "in")
    assert mentions_in(first) == mentions_in(corpus)
    assert [d.text for d in first] == texts_of(name, corpus)

    to_conll(name, corpus_file(name, tmp_path / "in"), tmp_path / "tagged")
    counts = counts_of(tmp_path / "tagged")
    assert counts["annotations"] == counts["entities written"] == number
    assert not [key for key in counts if key.startswith("left out")]

    back(name, tmp_path / "tagged" / "train.tsv", tmp_path / "out")
    last, _ = read(name, tmp_path / "out")
    assert mentions_in(last) == mentions_in(corpus)
    assert [d.text for d in last] == texts_of(name, corpus)


def texts_of(name, corpus):
    """Returns the texts; BigBIO joins passages by a blank."""
    texts = [document.text for document in corpus]
    return [t.replace("\n", " ") for t in texts] if name == "bigbio" else texts


def test_other_words_and_sentences_change_nothing_of_it(tmp_path):
    corpus = random_corpus("brat", num_mentions=80, seed=6)
    write("brat", corpus, tmp_path / "in")
    for words in ("bert", "space"):
        for sentences in ("rules", "lines", "rules-pt"):
            here = tmp_path / f"{words}-{sentences}"
            to_conll(
                "brat", tmp_path / "in", here, words=words, sentences=sentences
            )
            back("brat", here / "train.tsv", here / "out", keep_attributes=True)
            for path in (tmp_path / "in").glob("*.*"):
                assert (here / "out" / path.name).read_bytes() == (
                    path.read_bytes()
                )


def test_words_are_what_was_annotated_and_no_character_is_lost(tmp_path):
    corpus = random_corpus("brat", num_mentions=200, seed=7)
    write("brat", corpus, tmp_path / "in")
    to_conll("brat", tmp_path / "in", tmp_path / "out")
    sentences = read_tagged_sentences(str(tmp_path / "out" / "train.tsv"))
    found = "".join(word for s in sentences for word in s.words)
    whole = "".join(d.text for d in corpus)
    assert without_dropped(found) == without_dropped(whole)
    side = (tmp_path / "out" / "train.documents.jsonl").read_text("utf-8")
    at = 0
    for line in side.splitlines():
        value = json.loads(line)
        for row in value["sentences"]:
            spans = list(zip(row[::2], row[1::2], strict=True))
            words = [value["text"][start:end] for start, end in spans]
            assert words == list(sentences[at].words)
            at += 1
    assert at == len(sentences)


def without_dropped(text):
    """Returns what BERT's tokenizer makes pieces of."""
    flags = characters.character_table().flags
    return "".join(
        char
        for char in text
        if not char.isspace() and not flags[ord(char)] & characters.DROPPED
    )


def planted(corpus, rng, share):
    """Returns the corpus with overlapping and twice told mentions added."""
    added, more = 0, []
    for document in corpus:
        mentions = list(document.mentions)
        for mention in document.mentions:
            ((start, end),) = mention.fragments
            if end - start > 2 and rng.random() < share:
                inner = Mention(f"T{len(mentions) + 500}", "inner",
                                ((start, end - 1),))  # fmt: skip
                if document.text[end - 2].isspace():
                    continue
                mentions.append(inner)
                added += 1
        more.append(dataclasses.replace(document, mentions=tuple(mentions)))
    return more, added


def test_overlaps_are_counted_one_by_one(tmp_path):
    corpus = random_corpus("brat", num_mentions=300, seed=8)
    more, added = planted(corpus, random.Random(1), 0.3)
    assert added > 30
    write("brat", more, tmp_path / "in")
    to_conll("brat", tmp_path / "in", tmp_path / "out")
    counts = counts_of(tmp_path / "out")
    assert counts["annotations"] == 300 + added
    assert counts["entities written"] == 300
    assert counts["left out: overlapping another"] == added
    with pytest.raises(InputError, match="--overlaps=longest or first"):
        to_conll("brat", tmp_path / "in", tmp_path / "no", overlaps="error")
    assert not list((tmp_path / "no").glob("*"))


def careless(rng, document):
    """Returns a document with mentions as nobody should make them."""
    size, mentions = len(document.text), []
    for number in range(15):
        parts = []
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            start = rng.randrange(size - 1)
            end = min(size, start + rng.choice([1, 2, 5, 30]))
            if not any(a < end and start < b for a, b in parts):
                parts.append((start, end))
        kind = rng.choice(["problem", "two words", "é:x"])
        mentions.append(Mention(f"T{number + 1}", kind, tuple(sorted(parts))))
    return dataclasses.replace(document, mentions=tuple(mentions))


@pytest.mark.parametrize("name", ["conll", *FORMATS])
def test_whatever_was_annotated_is_accounted_for(name, tmp_path):
    """`convert` itself compares what it read, wrote and left out."""
    rng = random.Random(4)
    corpus = random_corpus("bigbio", num_mentions=120, seed=4)
    source = "brat" if name == "bigbio" else "bigbio"
    plain = [
        dataclasses.replace(
            d, text="".join(c if c >= " " else "\n" for c in d.text)
        )
        for d in corpus
    ]
    write(source, [careless(rng, d) for d in plain], tmp_path / "in")
    convert(
        from_format=source,
        to_format=name,
        input=corpus_file(source, tmp_path / "in"),
        output_dir=tmp_path / "out",
    )
    counts = counts_of(tmp_path / "out")
    left = sum(n for key, n in counts.items() if key.startswith("left out"))
    assert counts["annotations"] >= 14 * len(corpus)
    assert counts["annotations"] == counts["entities written"] + left


def test_formats_that_hold_more_keep_it(tmp_path):
    corpus = random_corpus("brat", num_mentions=100, seed=9)
    more, added = planted(corpus, random.Random(2), 0.5)
    write("brat", more, tmp_path / "in")
    convert(
        from_format="brat", to_format="bigbio", input=tmp_path / "in",
        output_dir=tmp_path / "out",
    )  # fmt: skip
    found, _ = read("bigbio", tmp_path / "out")
    assert mentions_in(found) == mentions_in(more)
    assert added


def test_parts_ids_and_attributes_come_back_when_asked_for(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("left and right arm\nfine")
    ann = "T7\tPlace 0 4;15 18\tleft arm\nT9\tState 19 23\tfine\n"
    (folder / "a.ann").write_text(ann)
    to_conll("brat", folder, tmp_path / "tagged")
    counts = counts_of(tmp_path / "tagged")
    assert counts["of several parts: taken from first to last part"] == 1
    back("brat", tmp_path / "tagged" / "train.tsv", tmp_path / "plain")
    assert (tmp_path / "plain" / "a.ann").read_text() == (
        "T1\tPlace 0 18\tleft and right arm\nT2\tState 19 23\tfine\n"
    )
    back(
        "brat", tmp_path / "tagged" / "train.tsv", tmp_path / "gold",
        keep_attributes=True,
    )  # fmt: skip
    assert (tmp_path / "gold" / "a.ann").read_text() == ann


def test_attributes_of_events_and_papers_come_back(tmp_path):
    extent = tmp_path / "x"
    extent.mkdir()
    (extent / "1.xml.txt").write_text("Admission Date :\n10/12 seen\n")
    lines = (
        'EVENT="Admission" 1:0 1:0||type="OCCURRENCE"||modality="POSSIBLE"'
        '||polarity="NEG"\n'
        'TIMEX3="10/12" 2:0 2:0||type="DATE"||val="1998-10-12"||mod="NA"\n'
    )
    (extent / "1.xml.extent").write_text(lines)
    to_conll("i2b2_2012", extent, tmp_path / "t")
    tagged = tmp_path / "t" / "train.tsv"
    assert "10/12\tB-TIMEX3-DATE\n" in tagged.read_text()
    back("i2b2_2012", tagged, tmp_path / "o", keep_attributes=True)
    assert (tmp_path / "o" / "1.xml.extent").read_text() == lines
    back("i2b2_2012", tagged, tmp_path / "p")
    assert 'modality="FACTUAL"' in (tmp_path / "p/1.xml.extent").read_text()
    # Times are no types of clinicalBERT's.
    to_conll("i2b2_2012", extent, tmp_path / "six", types="OCCURRENCE")
    assert counts_of(tmp_path / "six")["left out: of types not asked"] == 1


def test_predictions_go_back_over_the_text(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "n.txt").write_text("No  fever ,\nchest pain .")
    (tmp_path / "in" / "n.ann").write_text("")
    to_conll("brat", tmp_path / "in", tmp_path / "t", split="test")
    results = tmp_path / "NER_result_conll.txt"
    rows = (tmp_path / "t" / "test.tsv").read_text().split("\n")
    tags = iter(["O", "B-problem", "O", "I-problem", "I-problem", "O"])
    results.write_text(
        "\n".join(
            f"{r.split(chr(9))[0]} O {next(tags)}" if r else "" for r in rows
        )
    )
    side = tmp_path / "t" / "test.documents.jsonl"
    back("brat", results, tmp_path / "out", documents=side)
    assert (tmp_path / "out" / "n.ann").read_text() == (
        "T1\tproblem 4 9\tfever\nT2\tproblem 12 22\tchest pain\n"
    )
    results.write_text("Other O O\n")
    with pytest.raises(InputError, match="not those of the documents") as error:
        back("brat", results, tmp_path / "no", documents=side)
    assert "Other" not in str(error.value)


def test_words_without_documents_are_joined(tmp_path):
    path = tmp_path / "note.tsv"
    path.write_text("chest\tB-problem\npain\tI-problem\n\nHe\tO\n")
    back("i2b2_2010", path, tmp_path / "out")
    assert (tmp_path / "out" / "note.txt").read_text() == "chest pain\nHe"
    assert (tmp_path / "out" / "note.con").read_text() == (
        'c="chest pain" 1:0 1:1||t="problem"\n'
    )
    with pytest.raises(InputError, match="nowhere to take them from"):
        back("brat", path, tmp_path / "no", keep_attributes=True)


def test_patients_are_dealt_whole_and_the_same_again(tmp_path):
    corpus = random_corpus("i2b2_2014", num_mentions=400, seed=3)
    twice = corpus + [
        dataclasses.replace(d, id=d.id.replace("-01", "-02")) for d in corpus
    ]
    write("i2b2_2014", twice, tmp_path / "in")

    def patients(seed):
        out = tmp_path / f"seed{seed}-{len(list(tmp_path.iterdir()))}"
        to_conll(
            "i2b2_2014", tmp_path / "in", out,
            dev_fraction=0.2, test_fraction=0.1, seed=seed,
        )  # fmt: skip
        found = {}
        for split in ("train", "dev", "test"):
            side = (out / f"{split}.documents.jsonl").read_text("utf-8")
            found[split] = [
                json.loads(line)["patient"] for line in side.splitlines()
            ]
        return found

    first = patients(1)
    num = len(corpus)
    sets = {split: set(names) for split, names in first.items()}
    assert all(len(first[s]) == 2 * len(sets[s]) for s in sets)
    assert sum(len(s) for s in sets.values()) == num
    assert set.union(*sets.values()) == {d.id[:3] for d in corpus}
    assert len(sets["dev"]) == round(0.2 * num)
    assert len(sets["test"]) == round(0.1 * num)
    assert patients(1) == first
    assert patients(2) != first


def test_only_the_owner_reads_what_is_written(tmp_path):
    corpus = random_corpus("brat", num_mentions=20, seed=3)
    write("brat", corpus, tmp_path / "in")
    to_conll("brat", tmp_path / "in", tmp_path / "out")
    back("brat", tmp_path / "out" / "train.tsv", tmp_path / "back")
    for path in [*(tmp_path / "out").iterdir(), *(tmp_path / "back").iterdir()]:
        if path.name != "annotation.conf":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_train_and_test_share_a_folder(tmp_path):
    corpus = random_corpus("brat", num_mentions=20, seed=3)
    write("brat", corpus, tmp_path / "in")
    for split in ("train", "test"):
        to_conll("brat", tmp_path / "in", tmp_path / "out", split=split)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(
        f"{split}.{end}"
        for split in ("train", "test")
        for end in ("tsv", "documents.jsonl", "conversion.json")
    )


def test_nothing_is_overwritten_unasked(tmp_path):
    corpus = random_corpus("brat", num_mentions=20, seed=3)
    write("brat", corpus, tmp_path / "in")
    to_conll("brat", tmp_path / "in", tmp_path / "out")
    with pytest.raises(InputError, match="there already"):
        to_conll("brat", tmp_path / "in", tmp_path / "out")
    to_conll("brat", tmp_path / "in", tmp_path / "out", overwrite=True)
    with pytest.raises(InputError, match="not empty"):
        back("brat", tmp_path / "out" / "train.tsv", tmp_path / "in")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"to_format": "brat"}, "nothing to convert"),
        ({"to_format": "bigbio", "seed": 2}, "--seed does nothing"),
        ({"to_format": "bigbio", "overlaps": "first"}, "--overlaps does"),
        ({"to_format": "bigbio", "discontinuous": "first"}, "--discontinuous"),
        ({"documents": "x"}, "--documents does nothing"),
        ({"seed": 2}, "--seed does nothing without"),
        ({"split": "dev", "dev_fraction": 0.1}, "leave nothing"),
        ({"dev_fraction": 0.5, "test_fraction": 0.5}, "leave nothing"),
        ({"split": "../x"}, "cannot be a file's name"),
        ({"patient_pattern": "("}, "no regular expression"),
        ({"sentences": "magic"}, "no such sentence splitter"),
        ({"input": "nowhere"}, "no annotations"),
    ],
)
def test_flags_that_do_not_fit(values, message, tmp_path):
    given = {
        "from_format": "brat",
        "to_format": "conll",
        "input": tmp_path,
        "output_dir": tmp_path / "out",
        **values,
    }
    with pytest.raises(InputError, match=message):
        convert(**given)
    assert not (tmp_path / "out").exists()
