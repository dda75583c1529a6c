"""`transformers.pipeline("ner")` on a tagger that was trained here.

Raw tags are compared: the pipeline does not repair them, so neither does ours
here (tagger.json, repairs_tags).
"""

from __future__ import annotations

import json

import pytest

from conversion.conversion import convert
from inference.documents import TextBlock, segments_of
from inference.tagger import load_tagger
from tests import jnlpba_tagger

_NUM_SENTENCES = 100


@pytest.fixture(scope="module")
def folders(shared_dir, fixtures_dir, tmp_path_factory):
    """Our tagger's folder, and the one exported."""
    place = tmp_path_factory.mktemp("tagger")
    trained = jnlpba_tagger.train(
        place, shared=shared_dir, encoder=fixtures_dir / "demo_checkpoint"
    )
    path = trained / "tagger.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps(settings | {"repairs_tags": False}))
    convert(str(trained), str(place / "exported"))
    return trained, place / "exported"


@pytest.fixture(scope="module")
def texts(shared_dir):
    """Sentences that fit one window."""
    corpus = shared_dir / "data/ner/JNLPBA-5type/fine-tokens/devel.tsv"
    found = [
        " ".join(line.split("\t")[0] for line in sentence.splitlines())
        for sentence in jnlpba_tagger.sentences_of(corpus)
    ]
    fit = [t for t in found if len(t.split()) < 20 and len(_segments(t)) == 1]
    return fit[:_NUM_SENTENCES]


def _segments(text):
    return list(segments_of(TextBlock(document="", start=0, text=text)))


def test_labels_at_first_pieces_are_ours(folders, texts, huggingface):
    trained, exported = folders
    tagger = load_tagger(str(trained))
    answers = huggingface.pipeline(
        "ner",
        exported,
        texts,
        kwargs={"ignore_labels": [], "aggregation_strategy": "none"},
    )
    num_words = 0
    for text, pieces in zip(texts, answers, strict=True):
        theirs = {piece["start"]: piece["entity"] for piece in pieces}
        segments = _segments(text)
        ((tags, _),) = tagger.tag(segments)
        for (start, _), tag in zip(segments[0].words, tags, strict=True):
            assert theirs[start] == tag
            num_words += 1
    assert num_words > 500


def test_aggregated_words_are_ours(folders, texts, huggingface):
    trained, exported = folders
    tagger = load_tagger(str(trained))
    answers = huggingface.pipeline(
        "ner", exported, texts, kwargs={"aggregation_strategy": "first"}
    )
    num_entities = 0
    for text, groups in zip(texts, answers, strict=True):
        theirs = [(g["start"], g["end"], g["entity_group"]) for g in groups]
        ours = [(e.start, e.end, e.type) for e in tagger(text)]
        assert theirs == ours
        num_entities += len(ours)
    assert num_entities > 100


def test_the_readmes_example(folders, huggingface):
    _, exported = folders
    (groups,) = huggingface.pipeline(
        "ner",
        exported,
        [jnlpba_tagger.SENTENCE],
        kwargs={"aggregation_strategy": "first"},
    )
    found = [(group["entity_group"], group["word"]) for group in groups]
    assert ("protein", jnlpba_tagger.PROTEIN) in found
