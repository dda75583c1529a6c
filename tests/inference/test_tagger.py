"""A trained tagger on raw text, in three lines of Python."""

from __future__ import annotations

import json
import random
import shutil

import pytest

from foundation.errors import InputError
from inference import tagger as tagger_module
from inference.documents import (
    TextBlock,
    read_blocks,
    read_segments,
    segments_of,
)
from inference.entities import entities_of, find_entities
from inference.tagger import load_tagger
from tests import toy_corpus
from tests.ner_runs import json_lines, read_json, run_flags
from tests.odd_sentences import ODD_WORDS
from tests.random_tagger import LABELS, write_tagger
from tests.tiny_configs import tiny_albert, tiny_bert

SIZES = {"max_position_embeddings": 64}
TEXT = (
    "\ufeffPain  in the\r\n\r\nleft toe. He took 10\u00a0mg of aspirin, "
    "😀 then 高血压.\n\n\n\tNo\u200b pain since (9/7/1992)."
)


@pytest.fixture(scope="module", params=["bert", "bert with a crf", "albert"])
def folder(request, golden_dir, tmp_path_factory):
    """A tagger of random weights that finds something everywhere."""
    where = tmp_path_factory.mktemp("tagger")
    vocabularies = golden_dir / "tokenization"
    if request.param == "albert":
        return write_tagger(
            where,
            tiny_albert(vocab_size=2000, **SIZES),
            vocabularies / "spm_2k.model",
            lower_case=True,
        )
    path = vocabularies / "vocab_cased_2k.txt"
    size = len(path.read_text("utf-8").splitlines())
    return write_tagger(
        where,
        tiny_bert(vocab_size=size, **SIZES),
        path,
        lower_case=False,
        uses_crf="crf" in request.param,
    )


def test_a_call_gives_entities_with_their_surface(folder):
    tagger = load_tagger(str(folder))
    for text in (TEXT, TEXT * 40, TEXT.replace(" ", "")):
        entities = tagger(text)
        assert len(entities) > len(text) / 60
        for e in entities:
            assert text[e.start : e.end] == e.surface
            assert e.surface.strip() == e.surface != ""
            assert e.type in ("Sign", "Drug")
            assert 0 < e.probability <= 1
        ends = [0, *(e.end for e in entities)]
        starts = [e.start for e in entities]
        assert all(a <= b for a, b in zip(ends, starts, strict=False))
        assert tagger(text) == entities  # nothing is kept between calls


def test_texts_without_words(folder):
    tagger = load_tagger(str(folder))
    for text in ("", " ", "\n\r\n", "\u200b", "\ufeff"):
        assert tagger(text) == []


def test_any_text_is_tagged(folder):
    """Odd words, alone and glued together, in no sentence's order."""
    tagger = load_tagger(str(folder))
    rng = random.Random(1)
    for _ in range(20):
        gap = rng.choice(["", " ", "\n", "\t\u00a0"])
        text = gap.join(rng.sample(ODD_WORDS, 40))
        for e in tagger(text):
            assert text[e.start : e.end] == e.surface


def test_each_sentence_has_a_tag_for_each_word(folder, tmp_path, monkeypatch):
    """In order, whatever is tagged together."""
    path = tmp_path / "notes.jsonl"
    texts = [TEXT * n for n in (1, 3, 1, 9, 2)]
    path.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts))
    tagger = load_tagger(str(folder))
    segments = list(read_segments(str(path)))
    together = list(tagger.tag(segments))
    assert len(together) == len(segments) > 20
    for segment, (tags, probabilities) in zip(segments, together, strict=True):
        assert len(tags) == len(probabilities) == len(segment.words)
        assert set(tags) <= set(LABELS.labels)
    monkeypatch.setattr(tagger_module, "_CHUNK_WORDS", 7)
    apart = list(tagger.tag(iter(segments)))
    assert [tags for tags, _ in apart] == [tags for tags, _ in together]
    for (_, some), (_, others) in zip(apart, together, strict=True):
        assert list(some) == pytest.approx(list(others), abs=1e-5)


def test_sentences_are_asked_for_a_chunk_at_a_time(folder, monkeypatch):
    """So that memory does not grow with the text."""
    monkeypatch.setattr(tagger_module, "_CHUNK_WORDS", 50)
    asked = []

    def watched():
        for segment in segments_of(TextBlock("", 0, TEXT * 200)):
            asked.append(segment)
            yield segment

    tagged = load_tagger(str(folder)).tag(watched())
    next(tagged)
    assert sum(len(s.words) for s in asked) < 100


def test_bfloat16_finds_nearly_the_same(folder):
    found = [
        {
            (e.start, e.end, e.type)
            for e in load_tagger(str(folder), precision=precision)(TEXT * 9)
        }
        for precision in ("float32", "bfloat16")
    ]
    assert len(found[0] & found[1]) > 0.8 * len(found[0] | found[1])


def test_a_folder_that_is_not_whole(folder, tmp_path):
    assert load_tagger(str(folder))("Pain.") is not None
    for names, problem in (
        (["tagger.json"], "tagger's settings"),
        (["label_map.json"], "label map"),
        (["bert_config.json", "albert_config.json"], "config is missing"),
        (["vocab.txt", "spm_2k.model"], "vocab|model"),
        (["checkpoint", "model.ckpt-7.index"], "checkpoint"),
        (["model.ckpt-7.data-00000-of-00001"], "checkpoint"),
    ):
        copy = tmp_path / names[0]
        shutil.copytree(folder, copy)
        for name in names:
            (copy / name).unlink(missing_ok=True)
        with pytest.raises(InputError, match=problem) as caught:
            load_tagger(str(copy))
        assert str(copy) in str(caught.value)


def test_another_label_set_is_refused(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "label_map.json").write_text(
        '{"scheme": "word", "labels": ["O", "B", "I"]}'
    )
    with pytest.raises(InputError, match=r"output_weights|shape"):
        load_tagger(str(copy))


@pytest.mark.slow
def test_the_same_as_predict_file(trained_dir, tmp_path):
    """Three lines of Python, or a flag: the same entities."""
    rng = random.Random(2)
    lines = [
        " ".join(toy_corpus.sentence(rng, num_words=n).words)
        for n in (5, 90, 20, 3)
    ]
    text = "\r\n\r\n".join(lines)
    path = tmp_path / "note.txt"
    path.write_bytes(text.encode())
    out = tmp_path / "out"
    run_flags(predict_file=path, output_dir=out, init_checkpoint=trained_dir)
    expected = json_lines(out / "predictions.jsonl")
    assert len(expected) > 20

    tagger = load_tagger(str(trained_dir))
    entities = tagger(text)

    assert [
        {
            "document": "note",
            "start": e.start,
            "end": e.end,
            "surface": e.surface,
            "type": e.type,
            "probability": pytest.approx(e.probability, abs=1e-5),
        }
        for e in entities
    ] == expected
    # The same again by the parts that the call is made of.
    (block,) = read_blocks(str(path))
    segments = segments_of(block)
    tagged = zip(segments, tagger.tag(segments), strict=True)
    by_parts = [e for s, both in tagged for e in entities_of(s, *both)]
    (whole,) = find_entities([block], tagger.tag)
    assert whole.entities == by_parts
    assert [e.surface for e in by_parts] == [e.surface for e in entities]


@pytest.mark.slow
def test_the_best_checkpoint_is_loaded(trained_dir, tmp_path):
    """Not the newest one; where it says nothing of a best, the newest."""
    text = "the patient was given severe renal failure with aspirin ."
    best = read_json(trained_dir / "model.ckpt-40.resume.json")["best_step"]
    assert best < 40
    found = {"folder": load_tagger(str(trained_dir))(text)}
    for step in (best, 40):
        alone = tmp_path / str(step)
        shutil.copytree(trained_dir, alone)
        for file in alone.glob("model.ckpt-*"):
            if not file.name.startswith(f"model.ckpt-{step}."):
                file.unlink()
        (alone / "checkpoint").write_text(
            f'model_checkpoint_path: "model.ckpt-{step}"\n'
        )
        found[step] = load_tagger(str(alone))(text)
    assert found["folder"] == found[best]
    assert found[40] != found[best]
