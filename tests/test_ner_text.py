"""run_ner.py --predict_file on text without labels (user-demand.md, row 4)."""

from __future__ import annotations

import json
import random
import shutil

import pytest

from foundation.errors import InputError
from preprocessing.brat_annotations import read_brat
from tests import toy_corpus
from tests.ner_runs import json_lines, read_json, run, run_flags

pytestmark = pytest.mark.slow

# What stands between words in notes: runs of spaces, characters of no width,
# line ends of all kinds.
SPACES = (" ", " ", " ", "  ", "   \t ", "\u00a0", " \u200b")
GAPS = (*SPACES, "\n", "\r\n", "\n ")


@pytest.fixture
def tagger_dir(trained_dir, tmp_path):
    """A trained tagger's folder, away from the data it was trained on."""
    return shutil.copytree(trained_dir, tmp_path / "tagger")


def make_text(seed, *, num_sentences=30):
    """Returns a note with all kinds of gaps, and the entities planted."""
    rng = random.Random(seed)
    text, planted = "\ufeff😀 " if seed % 2 else "", []
    for sentence in toy_corpus.sentences(num_sentences, seed=1000 + seed):
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            # A line end in an entity may be taken for the sentence's.
            text += rng.choice(SPACES if tag[0] == "I" else GAPS)
            end = len(text) + len(word)
            if tag[0] == "B":
                planted.append([len(text), end, tag[2:]])
            elif tag[0] == "I":
                planted[-1][1] = end
            text += word
        text += rng.choice(["\n\n", "\r\n\r\n", "\n"])
    return text, {tuple(span) for span in planted}


def documents(count=4):
    return {f"note {i}": make_text(i) for i in range(count)}


def put_text(folder, made):
    (name, (text, _)), *_ = made.items()
    path = folder / f"{name}.txt"
    path.write_bytes(text.encode())
    return path, {name: made[name]}


def put_json(folder, made):
    path = folder / "notes.jsonl"
    lines = [json.dumps({"id": n, "text": t}) for n, (t, _) in made.items()]
    path.write_text("\n".join(lines) + "\n")
    return path, made


def put_folder(folder, made):
    for name, (text, _) in made.items():
        (folder / f"{name}.txt").write_bytes(text.encode())
    (folder / "empty.txt").write_bytes(b"")
    return folder, made


@pytest.mark.parametrize("put", [put_text, put_json, put_folder])
def test_running_text(tagger_dir, tmp_path, put, capsys):
    """No labels, no training files: the folder of the tagger is enough."""
    folder = tmp_path / "notes"
    folder.mkdir()
    path, made = put(folder, documents())
    assert run_flags(predict_file=path, output_dir=tagger_dir) == 0
    found = json_lines(tagger_dir / "predictions.jsonl")
    texts = {name: text for name, (text, _) in made.items()}
    for e in found:
        assert texts[e["document"]][e["start"] : e["end"]] == e["surface"]
        assert 0 < e["probability"] <= 1
    # The model knows these words, so nearly all that was planted is found.
    right = {(n, *span) for n, (_, spans) in made.items() for span in spans}
    got = {(e["document"], e["start"], e["end"], e["type"]) for e in found}
    assert len(got) == len(found)
    assert len(right) > 30 * len(made)
    assert len(right & got) > 0.9 * max(len(right), len(got))
    check_brat(tagger_dir / "brat", texts, found)
    page = (tagger_dir / "predictions.html").read_text("utf-8")
    for kind in toy_corpus.TYPES:
        assert kind in page
    printed = capsys.readouterr().out
    best = read_json(next(tagger_dir.glob("*-40.resume.json")))["best_step"]
    assert best < 40
    assert f"{len(found)} entities" in printed
    assert f"checkpoint of step {best}" in printed


def check_brat(folder, texts, found):
    """Each .txt is the text, each .ann has the same entities."""
    for name, text in texts.items():
        # Blanks cannot stand in names everywhere: a table tells the files.
        stem = name
        if (folder / "file_names.jsonl").exists():
            table = json_lines(folder / "file_names.jsonl")
            stem = {x["document"]: x["file"] for x in table}.get(name, name)
        assert (folder / f"{stem}.txt").read_bytes() == text.encode()
        annotations = read_brat(str(folder / f"{stem}.ann")).entities.values()
        spans = [
            (a.fragments[0][0], a.fragments[-1][1], a.type) for a in annotations
        ]
        assert spans == [
            (e["start"], e["end"], e["type"])
            for e in found
            if e["document"] == name
        ]
        for annotation in annotations:
            parts = [text[a:b] for a, b in annotation.fragments]
            assert " ".join(parts) == annotation.surface
            assert not any(set(part) & set("\r\n\t") for part in parts)


@pytest.fixture(scope="module")
def by_labels(trained_dir, tmp_path_factory):
    """The test data of words that both ways can read, tagged with labels."""
    folder = tmp_path_factory.mktemp("labelled")
    corpus = toy_corpus.sentences(40, seed=77, longest=90)
    odd = ["C57BL/6", "9/7/1992", "a\u00a0b", "😀", "高血压", "x" * 120, "\x07"]
    for number, word in enumerate(odd):
        words = (corpus[number].words[0], word, *corpus[number].words[2:])
        corpus[number] = type(corpus[number])(
            words, corpus[number].tags, line=corpus[number].line
        )
    toy_corpus.write(folder / "test.tsv", corpus)
    out = shutil.copytree(trained_dir, folder / "out")
    run_flags(data_dir=folder, output_dir=out, do_train=False, do_predict=True)
    return folder / "test.tsv", json_lines(out / "predictions.jsonl")


def entities_by_word(line, words):
    """Places entities with character offsets by word."""
    starts, position = [], 0
    for word in words:
        starts.append(position)
        position += len(word) + 1
    ends = [start + len(w) for start, w in zip(starts, words, strict=True)]
    return [
        {
            "type": e["type"],
            "start": starts.index(e["start"]),
            "end": ends.index(e["end"]) + 1,
            "surface": e["surface"],
            "probability": pytest.approx(e["probability"], abs=2e-5),
        }
        for e in line
    ]


def test_words_give_what_the_labelled_file_gives(
    tagger_dir, tmp_path, by_labels
):
    """The same tokens, the same entities, sentence by sentence."""
    _, labelled = by_labels
    path = tmp_path / "words.jsonl"
    lines = [json.dumps({"id": x["id"], "words": x["words"]}) for x in labelled]
    path.write_text("\n".join(lines))
    run_flags(predict_file=path, output_dir=tagger_dir)
    found = json_lines(tagger_dir / "predictions.jsonl")
    assert len(found) > 200
    assert sum(len(x["entities"]) for x in labelled) == len(found)
    for x in labelled:
        own = [e for e in found if e["document"] == x["id"]]
        assert x["entities"] == entities_by_word(own, x["words"])


@pytest.mark.parametrize("with_tags", [True, False])
def test_a_word_file_gives_what_the_labelled_file_gives(
    tagger_dir, tmp_path, by_labels, with_tags
):
    source, labelled = by_labels
    path = tmp_path / "words.tsv"
    text = source.read_text("utf-8")
    if not with_tags:
        rows = (line.split("\t")[0] for line in text.split("\n"))
        text = "\n".join(rows)
    path.write_text(text, encoding="utf-8")
    run_flags(predict_file=path, output_dir=tagger_dir)
    found = json_lines(tagger_dir / "predictions.jsonl")
    whole = "\n".join(" ".join(x["words"]) for x in labelled)
    for e in found:
        assert whole[e["start"] : e["end"]] == e["surface"]
    expected = [e for x in labelled for e in x["entities"]]
    assert [(e["type"], e["surface"]) for e in found] == [
        (e["type"], e["surface"]) for e in expected
    ]


def test_the_next_prediction_replaces_this_one(tagger_dir, tmp_path):
    for name in ("first", "second"):
        path = tmp_path / f"{name}.txt"
        path.write_text(f"The {name} patient was given aspirin.\n" * 3)
        run_flags(predict_file=path, output_dir=tagger_dir)
        found = json_lines(tagger_dir / "predictions.jsonl")
        assert {e["document"] for e in found} == {name}
        page = (tagger_dir / "predictions.html").read_text("utf-8")
        assert [n for n in ("first", "second") if f">{n} <" in page] == [name]
        kept = {p.name for p in (tagger_dir / "brat").iterdir()}
        assert kept == {f"{name}.txt", f"{name}.ann", "annotation.conf"}
    assert (tagger_dir / "brat-earlier-1" / "first.ann").exists()
    leftovers = [p.name for p in tagger_dir.iterdir() if ".tmp-" in p.name]
    assert leftovers == []


def test_a_folder_of_predictions_beside_the_model(
    trained_dir, tagger_dir, tmp_path
):
    """--init_checkpoint names the model; its folder is left as it was."""

    def files_of(folder):
        return sorted((p.name, p.stat().st_mtime_ns) for p in folder.iterdir())

    path, _ = put_text(tmp_path, documents(1))
    run_flags(predict_file=path, output_dir=tagger_dir)
    before = files_of(trained_dir)
    out = tmp_path / "out"
    run_flags(predict_file=path, output_dir=out, init_checkpoint=trained_dir)
    for name in ("predictions.jsonl", "predictions.html"):
        assert (out / name).read_bytes() == (tagger_dir / name).read_bytes()
    assert {p.name for p in out.iterdir()} == {
        "predictions.jsonl",
        "predictions.html",
        "brat",
    }
    assert files_of(trained_dir) == before


def test_the_best_checkpoint_is_used(trained_dir, tmp_path):
    """Named by its step, the best one gives the same; the last one does not."""
    state = read_json(trained_dir / "model.ckpt-40.resume.json")
    path, _ = put_text(tmp_path, documents(1))
    outputs = {}
    for step in (state["best_step"], 40, None):
        out = tmp_path / f"out{step}"
        name = trained_dir / f"model.ckpt-{step}" if step else trained_dir
        run_flags(predict_file=path, output_dir=out, init_checkpoint=name)
        outputs[step] = (out / "predictions.jsonl").read_bytes()
    assert outputs[None] == outputs[state["best_step"]] != outputs[40]


def test_what_cannot_be_asked_for(tagger_dir, tmp_path):
    path, _ = put_text(tmp_path, documents(1))
    for flag in ("do_train", "do_eval"):
        with pytest.raises(InputError, match="trained already"):
            run_flags(predict_file=path, output_dir=tagger_dir, **{flag: True})
    for name in (".cfg", ""):
        other = path.with_suffix(name)
        other.write_text("The patient was given aspirin.")
        with pytest.raises(InputError, match="ending"):
            run_flags(predict_file=other, output_dir=tagger_dir)
    (tagger_dir / "label_map.json").unlink()
    (tagger_dir / "idx2tag.json").unlink()
    with pytest.raises(InputError, match="labels of the model"):
        run_flags(predict_file=path, output_dir=tagger_dir)


@pytest.mark.parametrize(
    "flag",
    [
        {"num_seeds": 2},
        {"cross_val_sz": 3},
        {"one_tagger_per_type": True},
    ],
)
def test_flags_of_training_are_not_ignored(tagger_dir, tmp_path, flag):
    """A flag is honoured or refused (DESIGN 2.9)."""
    path, _ = put_text(tmp_path, documents(1))
    with pytest.raises(InputError):
        run_flags(predict_file=path, output_dir=tagger_dir, **flag)


def test_a_tagger_of_the_published_scheme(bert_dir, tmp_path):
    """Untyped tags, classes for pieces: entities without a type."""
    data = tmp_path / "data"
    data.mkdir()
    for seed, name in enumerate(("train", "devel", "test")):
        corpus = [
            type(s)(s.words, tuple(tag[0] for tag in s.tags), line=s.line)
            for s in toy_corpus.sentences(160 if seed == 0 else 9, seed=seed)
        ]
        toy_corpus.write(data / f"{name}.tsv", corpus)
    out = tmp_path / "out"
    run(
        bert_dir,
        data,
        out,
        label_scheme="biobert",
        train_batch_size=8,
        num_train_epochs=3,
        learning_rate=3e-3,
        max_seq_length=32,
    )
    text = "The patient was given aspirin.\n\nNo breast  cancer , no ataxia ."
    path = tmp_path / "note.txt"
    path.write_text(text)
    run_flags(predict_file=path, output_dir=out)
    found = json_lines(out / "predictions.jsonl")
    assert {e["type"] for e in found} == {None}
    for e in found:
        assert text[e["start"] : e["end"]] == e["surface"]
    surfaces = {e["surface"] for e in found}
    assert len(surfaces & {"aspirin", "breast  cancer", "ataxia"}) >= 2
    (first, *_) = read_brat(str(out / "brat" / "note.ann")).entities.values()
    assert first.type == "Entity"
