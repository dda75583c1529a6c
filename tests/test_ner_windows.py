"""Sentences beyond max_seq_length lose nothing, or say what they lose.

user-demand.md, row 2; issue 3, figure 2.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

from evaluation.entities import lenient_entities, score_entities
from foundation.errors import InputError
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from tasks.catalog import find_corpus
from tasks.labels import labels_from_train
from tasks.readers import TaggedSentence
from tasks.tagging import TaggingOptions, TaggingTask
from tasks.tagging_features import Limits
from tests import toy_corpus
from tests.bad_input_world import make_world, run_script
from tests.ner_runs import json_lines, run, run_flags, values_of
from tests.odd_sentences import iob2_tags

LENGTH, WORDS = 64, 400
ROOM = LENGTH - 2  # [CLS] and [SEP]


@pytest.fixture(scope="module", params=["wordpiece", "sentencepiece"])
def tokenizer(request, golden_dir):
    folder = golden_dir / "tokenization"
    if request.param == "wordpiece":
        return load_wordpiece(
            str(folder / "vocab_uncased_2k.txt"), lower_case=True
        )
    return load_sentencepiece(str(folder / "spm_2k.model"), lower_case=True)


@pytest.fixture(scope="module")
def real_words(fixtures_dir):
    """400 words of NCBI-disease, and an entity at every third of them."""
    text = (fixtures_dir / "ncbi_disease" / "train.tsv").read_text("utf-8")
    words = [line.split("\t")[0] for line in text.split("\n") if line]
    tags = iob2_tags(WORDS, types=("Disease", ""), rng=random.Random(3))
    tags = [tag if tag[0] == "O" else f"{tag[0]}-X" for tag in tags]
    return TaggedSentence(tuple(words[:WORDS]), tuple(tags), line=1)


def make_task(tokenizer, sentences, stride, **options):
    return TaggingTask(
        find_corpus("ner"),
        "",
        tokenizer=tokenizer,
        label_map=labels_from_train(sentences, scheme="word"),
        options=TaggingOptions(Limits(LENGTH, stride), **options),
    )


def pieces_of(words, tokenizer):
    return [tokenizer.encode_word(w) or [tokenizer.unk_id] for w in words]


def row_starts(rows, of_words):
    """Returns at which piece of the sentence each row starts."""
    lengths = [len(p) for p in of_words]
    first_piece = np.cumsum([0, *lengths])
    starts = [int(first_piece[row.word_index[1]]) for row in rows]
    everything = [i for p in of_words for i in p]
    for start, row in zip(starts, rows, strict=True):
        shown = row.input_ids[1:-1].tolist()
        assert shown == everything[start : start + len(shown)]
    return starts


def context_oracle(rows, starts, gold_of_piece, *, label_map):
    """Right where a window shows a piece its largest context; else wrong.

    The largest context is found here by looking at all windows.
    """
    ends = [s + len(r.input_ids) - 2 for s, r in zip(starts, rows, strict=True)]

    def context(piece, window):
        return min(piece - starts[window], ends[window] - 1 - piece)

    logits = []
    for number, (start, row) in enumerate(zip(starts, rows, strict=True)):
        values = np.zeros((len(row.input_ids), len(label_map)), np.float32)
        for piece in range(start, ends[number]):
            best = max(
                context(piece, other)
                for other in range(len(rows))
                if starts[other] <= piece < ends[other]
            )
            right = label_map.id_of(gold_of_piece[piece])
            if context(piece, number) == best:
                values[piece - start + 1, right] = 9.0
            else:
                values[piece - start + 1, right] = -9.0
        logits.append(values)
    return logits


@pytest.mark.parametrize("stride", [1, 15, 31, 50, 62])
def test_a_sentence_of_400_words(tokenizer, real_words, stride):
    """Figure 2: 400 labels, the oracle's F1 is 1, a word counts once."""
    task = make_task(tokenizer, [real_words], stride)
    split = task.featurize("test", [real_words], [])
    (example,) = split.examples
    of_words = pieces_of(real_words.words, tokenizer)
    assert len(example.rows) > 8
    assert max(len(row.input_ids) for row in example.rows) <= LENGTH
    # The loss: each word once, with its own tag.
    labelled = [
        (int(row.word_index[p]), task.label_map.labels[row.label_ids[p]])
        for row in example.rows
        for p in np.flatnonzero(row.label_ids >= 0)
    ]
    assert labelled == list(enumerate(real_words.tags))
    # The table that is trained on and predicted has these rows and no more.
    assert len(split.table) == len(example.rows)
    batch = split.table.batch(np.arange(len(split.table)), length=LENGTH)
    assert (batch["label_ids"] >= 0).sum() == WORDS
    gold_of_piece = [
        tag
        for tag, pieces in zip(real_words.tags, of_words, strict=True)
        for _ in pieces
    ]
    logits = context_oracle(
        example.rows,
        row_starts(example.rows, of_words),
        gold_of_piece,
        label_map=task.label_map,
    )
    predictions = task.decode(split, logits, {})
    (found,) = predictions.sentences
    assert len(found.raw) == len(found.predicted) == WORDS
    assert tuple(found.raw) == tuple(found.predicted) == real_words.tags
    scores = task.score(predictions)
    assert scores["entity_f1"] == scores["strict_f1"] == 1.000
    assert scores["num_words"] == WORDS
    assert scores["num_words_cut"] == scores["num_entities_cut"] == 0
    assert scores["num_entities_gold"] > 80


@pytest.mark.parametrize("stride", [1, 31, 62])
def test_an_overlapped_word_counts_once_in_the_loss(
    tokenizer, real_words, stride
):
    """Windows give the loss of one row that is long enough for all."""
    import tensorflow as tf

    generator = np.random.default_rng(8)
    of_words = pieces_of(real_words.words, tokenizer)
    num_pieces = sum(map(len, of_words))
    losses = {}
    for limits in (Limits(LENGTH, stride), Limits(num_pieces + 2)):
        task = make_task(tokenizer, [real_words], None)
        task.options = TaggingOptions(limits)
        split = task.featurize("train", [real_words], [])
        rows = split.examples[0].rows
        logits = generator.normal(size=(len(rows), limits.max_seq_length, 3))
        word_scores = np.random.default_rng(9).normal(size=(WORDS, 3))
        for number, row in enumerate(rows):
            logits[number, row.first_pieces] = word_scores[
                row.word_index[row.first_pieces]
            ]
        batch = split.table.batch(
            np.arange(len(rows)), length=limits.max_seq_length
        )
        total, weights = task.loss(
            None,
            tf.constant(logits, tf.float32),
            {"label_ids": tf.constant(batch["label_ids"])},
        )
        assert float(weights) == WORDS
        losses[limits] = float(total)
    windows, whole = losses.values()
    assert windows == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("num_words", [62, 63, 100, 400])
def test_what_truncation_loses_is_counted(tokenizer, real_words, num_words):
    """Figure 2: as many words and entities as the tokenizer's pieces say."""
    short = TaggedSentence(("the", "ataxia"), ("O", "B-X"), line=1)
    words = real_words.words[:num_words]
    # By the tokenizer alone: a word is kept whose first piece has room.
    used = kept = 0
    for pieces in pieces_of(words, tokenizer):
        kept += used < ROOM
        used += len(pieces)
    tags = list(real_words.tags[:num_words])
    tags[kept - 1 : kept + 1] = ["B-X", "I-X"]  # half of it has room
    long = TaggedSentence(words, tuple(tags), line=4)
    sentences = [short, long, short]
    task = make_task(tokenizer, [real_words], None)
    split = task.featurize("test", sentences, [])
    assert len(split.table) == 3
    ids = task.label_map.id_of
    logits = []
    for example in split.examples:
        (row,) = example.rows
        values = np.zeros((len(row.input_ids), task.num_labels), np.float32)
        for position in row.first_pieces:
            tag = example.gold[row.word_index[position]]
            values[position, ids(tag)] = 9.0
        logits.append(values)
    predictions = task.decode(split, logits, {})
    # Counted here from the tags alone: an entity is lost with any of its
    # words.
    starts = [i for i, tag in enumerate(long.tags) if tag[0] == "B"]
    lost = 0
    for start in starts:
        end = start + 1
        while end < num_words and long.tags[end][0] == "I":
            end += 1
        lost += end > kept
    assert 0 < kept < num_words
    assert lost > 0
    assert sum(start < kept for start in starts) > 5
    scores = task.score(predictions)
    assert scores["num_words_cut"] == num_words - kept
    assert scores["num_entities_cut"] == lost
    assert scores["entity_recall"] < 1.0
    found = predictions.sentences[1]
    assert found.num_words_kept == kept
    assert len(found.predicted) == num_words
    assert found.predicted == [*long.tags[:kept], *["O"] * (num_words - kept)]
    assert f"{num_words - kept} words, {lost} entities" in task.report(
        predictions
    )


def test_an_error_names_the_line_of_the_sentence(
    tmp_path, root_dir, fixtures_dir
):
    """Figure 2's third way: a run with --overflow=error stops at once."""
    world = make_world(tmp_path, checkout=root_dir, fixtures=fixtures_dir)
    before = "copper\tO\n\nWilson\tB-Disease\ndisease\tI-Disease\n\n"
    long = "".join("secretword\tO\n" for _ in range(WORDS))
    world.train.write_text(before + long + "\nataxia\tB-Disease\n")
    line = before.count("\n") + 1
    outcome = run_script(world, ["--overflow=error"])
    assert outcome.code == 2
    (error,) = outcome.error_lines
    assert f"{world.train}:{line}" in error
    assert f"{WORDS} words" in outcome.err
    assert "secret" not in outcome.err
    assert not (world.output / "checkpoint").exists()


@pytest.mark.slow
def test_long_sentences_from_end_to_end(bert_dir, tmp_path):
    """Trained, chosen on dev, scored and written, 400 words and all."""
    data = toy_corpus.write_corpus(
        tmp_path / "data", train=40, other=8, long_words=WORDS
    )
    out = tmp_path / "out"
    given = {
        "max_seq_length": LENGTH,
        "train_batch_size": 8,
        "num_train_epochs": 2,
        "eval_every_steps": 4,
    }
    assert run(bert_dir, data, out, do_eval=True, **given) == 0
    scores = values_of(out / "test_results.txt")
    corpus = toy_corpus.sentences(8, seed=2)
    num_words = sum(len(s.words) for s in corpus) + WORDS
    assert scores["num_words"] == num_words
    assert scores["num_words_cut"] == scores["num_entities_cut"] == 0
    lines = json_lines(out / "predictions.jsonl")
    assert len(lines) == 9
    assert lines[-1]["num_words_cut"] == 0
    for key in ("words", "tags", "raw_tags", "probabilities"):
        assert len(lines[-1][key]) == WORDS
    # A word at the end is as likely to be found as one at the start.
    assert any(tag != "O" for tag in lines[-1]["tags"][-60:])
    tags = [x["tags"] for x in lines]
    gold = [s.tags for s in (*corpus, toy_corpus.sentence(
        random.Random(102), num_words=WORDS
    ))]  # fmt: skip
    f1 = score_entities(gold, tags).micro.f1
    assert f1 == pytest.approx(scores["repaired_entity_f1"], abs=1e-9)
    # Sentences in windows are more rows, hence more updates an epoch.
    steps = [row["step"] for row in json_lines(out / "metrics.jsonl")]
    assert max(steps) > (40 + 1) // 8 * 2
    truncated = tmp_path / "truncated"
    run(bert_dir, data, truncated, overflow="truncate", **given)
    cut = values_of(truncated / "test_results.txt")
    assert cut["num_words"] == num_words
    entities = len(lenient_entities(gold[-1]))
    assert WORDS - ROOM <= cut["num_words_cut"] < WORDS
    assert 0 < cut["num_entities_cut"] < entities
    with pytest.raises(InputError, match="doc_stride differs"):
        run(bert_dir, data, out, **{**given, "doc_stride": 10})


@pytest.fixture
def long_text(tmp_path):
    """One sentence, in one line, of words that the trained tagger knows."""
    words = toy_corpus.sentence(random.Random(6), num_words=WORDS).words
    path = tmp_path / "long.txt"
    path.write_text(" ".join(words))
    return path


@pytest.mark.slow
def test_a_long_text_is_read_to_its_end(trained_dir, tmp_path, long_text):
    run_flags(
        predict_file=long_text,
        output_dir=tmp_path / "out",
        init_checkpoint=trained_dir,
    )
    found = json_lines(tmp_path / "out" / "predictions.jsonl")
    (line,) = long_text.read_text().split("\n")
    gold = toy_corpus.sentence(random.Random(6), num_words=WORDS)
    entities = lenient_entities(gold.tags)
    assert len(found) > 0.9 * len(entities)
    assert found[-1]["end"] > 0.95 * len(line)
    # As many at the end as at the start: no window's border loses them.
    half = sum(e["start"] > len(line) / 2 for e in found)
    assert abs(half - len(found) / 2) < 0.1 * len(found)


@pytest.mark.slow
def test_a_text_can_be_refused_for_its_length(trained_dir, tmp_path, long_text):
    """--overflow=error is honoured or refused for raw text, never ignored."""
    with pytest.raises(InputError) as caught:
        run_flags(
            predict_file=long_text,
            output_dir=tmp_path / "out",
            init_checkpoint=trained_dir,
            overflow="error",
        )
    assert "aspirin" not in str(caught.value)


@pytest.mark.slow
def test_what_truncation_loses_of_a_text_is_said(
    trained_dir, tmp_path, long_text, capfd, caplog
):
    """user-demand.md, row 2: how many words were cut is always printed."""
    with caplog.at_level("INFO"):
        run_flags(
            predict_file=long_text,
            output_dir=tmp_path / "out",
            init_checkpoint=trained_dir,
            overflow="truncate",
        )
    out, err = capfd.readouterr()
    pieces = load_wordpiece(str(trained_dir / "vocab.txt"), lower_case=True)
    used = kept = 0
    for of_word in pieces_of(long_text.read_text().split(), pieces):
        kept += used < 48 - 2
        used += len(of_word)
    assert f"{WORDS - kept} words" in out + err + caplog.text


@pytest.mark.slow
def test_folds_can_be_refused_for_their_length(bert_dir, tmp_path):
    data = toy_corpus.write_corpus(
        tmp_path / "data", train=9, other=9, long_words=WORDS
    )
    with pytest.raises(InputError, match="too long"):
        run(
            bert_dir,
            data,
            tmp_path / "out",
            overflow="error",
            cross_val_sz=3,
            train_batch_size=4,
        )
