"""Every file in tasks/corpora is tested because it exists."""

import importlib
import inspect

import pytest

from tasks.catalog import corpus_names, find_corpus
from tasks.corpus import read_split
from tasks.labels import labels_from_train
from tasks.ner_scores import score_tags
from tasks.splits import overlap
from tasks.tag_schemes import is_typed, normalize_tags
from tasks.tagging_features import Limits, featurize, word_tags
from tests.tasks.fake_tokenizer import FakeTokenizer

TWO_SPELLINGS = {"ebm_pico"}  # of the same types: PAR and P


@pytest.fixture(params=corpus_names())
def corpus(request):
    return find_corpus(request.param)


@pytest.fixture
def data_dir(corpus, fixtures_dir):
    folder = fixtures_dir / "corpora" / corpus.name
    assert folder.is_dir(), f"add a few sentences in {folder}"
    return str(folder)


def test_file_says_what_it_is(corpus):
    module = importlib.import_module(f"tasks.corpora.{corpus.name}")
    assert module.TASK is corpus
    assert len(inspect.getsource(module).splitlines()) < 60
    text = module.__doc__
    if corpus.name != "ner":
        assert "Source:" in text
        assert "Published entity F1" in text
    assert corpus.description
    published = "word_type_f1" if corpus.name == "ebm_pico" else "entity_f1"
    assert corpus.headline == published


def test_every_split_is_found_and_read(corpus, data_dir):
    counts = {}
    for split in ("train", "dev", "test", "train_dev"):
        sentences, used = read_split(corpus, data_dir, split)
        counts[split] = len(sentences)
        assert sum(file.num_sentences for file in used) == len(sentences)
        assert all(len(file.sha256) == 64 for file in used)
        assert any(tag[0] in "BI" for s in sentences for tag in s.tags)
    assert counts["train_dev"] == counts["train"] + counts["dev"]


def test_types_are_the_expected_ones(corpus, data_dir):
    sentences, _ = read_split(corpus, data_dir, "train")
    tags = {tag for s in sentences for tag in s.tags}
    types = {tag.partition("-")[2] for tag in tags} - {""}
    allowed = corpus.keep_types or corpus.expected_types
    if not allowed or not is_typed(tags):
        return
    if corpus.name in TWO_SPELLINGS:
        assert types < set(allowed)
    else:
        assert types == set(allowed)


@pytest.mark.parametrize("scheme", ["word", "biobert"])
def test_an_oracle_gets_every_entity(corpus, data_dir, scheme):
    train, _ = read_split(corpus, data_dir, "train")
    label_map = labels_from_train(train, scheme=scheme)
    test, used = read_split(corpus, data_dir, "test")
    label_map.check(test, used[0].path)
    gold, predicted = [], []
    for sentence in test:
        (row,) = featurize(
            sentence.words,
            sentence.tags,
            tokenizer=FakeTokenizer(),
            label_map=label_map,
            limits=Limits(64),
        )
        label_ids = row.label_ids[row.first_pieces]
        labels = [label_map.labels[i] for i in label_ids]
        predicted.append(word_tags(labels, num_words=len(sentence.words)))
        gold.append(normalize_tags(sentence.tags, scheme))
    metrics = score_tags(gold, predicted)
    assert metrics[corpus.headline] == 1.0
    if scheme == "word":  # biobert keeps an I without a B, as the files have it
        assert metrics["strict_f1"] == 1.0
    assert metrics["num_entities_gold"] > 0


def test_splits_do_not_share_sentences(corpus, data_dir):
    train, _ = read_split(corpus, data_dir, "train")
    test, _ = read_split(corpus, data_dir, "test")
    assert overlap([s.words for s in train], [s.words for s in test]) == 0
