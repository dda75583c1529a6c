"""A saved model gives what the model gives in this process."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
import tensorflow as tf

from inference.documents import Segment
from inference.forward import Forward
from inference.saved_model import build_signatures, exported_task
from inference.tagger import EntityTagger
from inference.trained_folder import load_trained
from preprocessing.features import FeatureTable
from preprocessing.word_spans import word_spans
from tasks.question_splits import QuestionCutter
from tasks.question_table import WindowRow, WindowTable
from tasks.questions import Paragraph, Question
from tasks.task import Split
from tasks.text_examples import TextExample
from tests.odd_sentences import ODD_WORDS
from tests.random_models import NAMES, write_classifier, write_questions
from tests.random_tagger import write_tagger
from tests.tiny_configs import tiny_albert, tiny_bert

EXACT = 1e-5  # user-demand.md, row 47
SIZES = {"max_position_embeddings": 64, "num_hidden_layers": 1}
WORDS = (
    *("the", "patient", "has", "no", "protein", "of", "disease", ",", "in"),
    *("1990", "cells", "(", "p53", ")", "was"),
)


def sentences(number, *, seed=1, longest=90):
    """Returns texts of words, odd ones among them, some beyond a row."""
    rng = random.Random(seed)
    texts = ["", " ", "\u200b"]
    for _ in range(number - len(texts)):
        size = rng.randint(1, rng.choice([5, 20, longest]))
        words = rng.choices(WORDS, k=size)
        if rng.random() < 0.3:
            words[rng.randrange(size)] = rng.choice(ODD_WORDS)
        texts.append(" ".join(words))
    return texts


def config_and_vocabulary(golden_dir, family):
    folder = golden_dir / "tokenization"
    if family == "albert":
        return tiny_albert(vocab_size=2000, **SIZES), folder / "spm_2k.model"
    path = folder / "vocab_cased_2k.txt"
    size = len(path.read_text("utf-8").splitlines())
    return tiny_bert(vocab_size=size, **SIZES), path


def write(folder, golden_dir, kind, *, family="bert", **options):
    """Writes a random model of a kind and loads it."""
    config, path = config_and_vocabulary(golden_dir, family)
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "tagging":
        lower = family == "albert"
        write_tagger(folder, config, path, lower_case=lower, **options)
    elif kind in NAMES:
        write_classifier(folder, config, path, kind=kind, **options)
    else:
        write_questions(folder, config, path, answer_type=kind)
    return load_trained(str(folder))


@pytest.fixture
def export():
    """Returns the functions that are saved; what they need stays alive."""
    kept = []

    def signatures(trained, **options):
        kept.append(exported_task(trained, **options))
        return build_signatures(kept[-1])

    return signatures


def call(signature, **texts):
    found = signature(**{n: tf.constant(t) for n, t in texts.items()})
    return {name: value.numpy() for name, value in found.items()}


def in_process(trained, split):
    """Returns the task's predictions of a split."""
    logits = Forward(
        trained.model, per_piece=not trained.task.uses_pooler
    ).logits(split.table, max_seq_length=64, what=None)
    weights = trained.model.head_weights()
    return trained.task.decode(split, logits, weights), logits


def text_split(trained, texts, others=None, choices=None):
    return trained.task.featurize(
        "text",
        [
            TextExample(
                str(i),
                text,
                others[i] if others else None,
                choices=tuple(choices[i]) if choices else (),
            )
            for i, text in enumerate(texts)
        ],
        [],
    )


def ids_of(table: FeatureTable, rows):
    length = max(table.lengths[rows])
    batch = table.batch(np.array(rows), length=int(length))
    names = ("input_ids", "input_mask", "segment_ids")
    return {name: tf.constant(batch[name]) for name in names}


@pytest.mark.parametrize(
    ("kind", "family", "options"),
    [
        ("classes", "bert", {}),
        ("labels", "albert", {"overflow": "window"}),
        ("score", "bert", {"overflow": "window"}),
    ],
)
def test_texts(kind, family, options, golden_dir, tmp_path, export):
    trained = write(tmp_path / "m", golden_dir, kind, family=family, **options)
    pairs = kind != "labels"
    saved = export(trained, pairs=pairs)
    texts = sentences(40)
    others = [t[: 7 * i] for i, t in enumerate(sentences(40, seed=2))]
    split = text_split(trained, texts, others if pairs else None)
    assert len(split.table) > 40 or "overflow" not in options
    expected, logits = in_process(trained, split)
    given = {"text": texts, **({"text_b": others} if pairs else {})}
    found = call(saved["serving_default"], **given)
    values = found["scores" if kind == "score" else "probabilities"]
    np.testing.assert_allclose(
        values.reshape(expected.values.shape), expected.values, atol=EXACT
    )
    assert found["num_cut"].tolist() == [e.num_cut for e in split.examples]
    if kind == "classes":
        names = [name.decode() for name in found["labels"]]
        assert names == list(expected.predicted)
        assert len(set(names)) > 1
    if kind == "labels":
        assert [
            tuple(n for n, h in zip(trained.labels, row, strict=True) if h)
            for row in found["holds"]
        ] == list(expected.predicted)
    rows = [3, 10, 20]
    of_ids = saved["token_ids"](**ids_of(split.table, rows))
    one = of_ids["scores"][:, None] if kind == "score" else of_ids["logits"]
    np.testing.assert_allclose(one, [logits[r] for r in rows], atol=EXACT)


def test_choices(golden_dir, tmp_path, export):
    trained = write(tmp_path / "m", golden_dir, "choice")
    saved = export(trained)
    texts = sentences(20)
    questions = ["what is _ in _ ?", "the cells of", "_", ""] * 5
    choices = [sentences(6, seed=i, longest=30)[2:5] for i in range(20)]
    split = text_split(trained, texts, questions, choices)
    expected, _ = in_process(trained, split)
    found = call(
        saved["serving_default"],
        text=texts,
        text_b=questions,
        choices=choices,
    )
    np.testing.assert_allclose(
        found["probabilities"], expected.values, atol=EXACT
    )
    names = [name.decode() for name in found["labels"]]
    assert names == list(expected.predicted)
    assert len(set(names)) > 1


def question_split(trained, questions, paragraphs):
    settings = trained.settings
    cutter = QuestionCutter(
        trained.tokenizer,
        settings.limits,
        first_window_only=settings.answer_type == "yesno"
        and not settings.all_windows,
    )
    cut = list(
        cutter.cut(
            Question(str(i), question, Paragraph(paragraph))
            for i, (question, paragraph) in enumerate(
                zip(questions, paragraphs, strict=True)
            )
        )
    )
    rows = [
        WindowRow(window.input_ids, window.num_before)
        for one in cut
        for window in one.windows
    ]
    return Split("test", cut, WindowTable((), rows), ())


@pytest.mark.parametrize("family", ["bert", "albert"])
def test_spans(family, golden_dir, tmp_path, export):
    trained = write(tmp_path / "m", golden_dir, "span", family=family)
    saved = export(trained)
    paragraphs = [t for t in sentences(40, longest=150) if t.strip()]
    questions = sentences(len(paragraphs), seed=3)
    split = question_split(trained, questions, paragraphs)
    expected, logits = in_process(trained, split)
    found = call(
        saved["serving_default"], question=questions, paragraph=paragraphs
    )
    assert len(logits) > len(paragraphs) + 10
    assert found["start_logits"].shape[0] == len(logits)
    for row, of_row in enumerate(logits):
        for side, name in enumerate(("start_logits", "end_logits")):
            np.testing.assert_allclose(
                found[name][row, : len(of_row)], of_row[:, side], atol=EXACT
            )
    answers = [answer.decode() for answer in found["answers"]]
    for i, (_, best) in enumerate(expected):
        start, end = found["answer_starts"][i], found["answer_ends"][i]
        if start >= 0:
            assert paragraphs[i][start:end] == answers[i]
        assert found["scores"][i] == pytest.approx(
            best.best[0].start_logit + best.best[0].end_logit, abs=EXACT
        )
        if start < 0:  # the original says "empty"
            assert (answers[i], best.text()) == ("", "empty")
            answers[i] = "empty"
    # A part of a word that our alignment cannot place is the whole word there.
    equal = [
        a == best.text() for a, (_, best) in zip(answers, expected, strict=True)
    ]
    assert np.mean(equal) > 0.8


@pytest.mark.parametrize("all_windows", [False, True])
def test_yes_no(all_windows, golden_dir, tmp_path, export):
    trained = write(tmp_path / "m", golden_dir, "yesno")
    if all_windows:
        path = tmp_path / "m" / "question_answering.json"
        settings = json.loads(path.read_text())
        path.write_text(json.dumps({**settings, "all_windows": True}))
        trained = load_trained(str(tmp_path / "m"))
    saved = export(trained)
    paragraphs, questions = sentences(30), sentences(30, seed=5)
    split = question_split(trained, questions, paragraphs)
    expected, _ = in_process(trained, split)
    found = call(
        saved["serving_default"], question=questions, paragraph=paragraphs
    )
    np.testing.assert_allclose(
        found["logits"], [p.logit for p in expected], atol=EXACT
    )
    names = [name.decode() for name in found["labels"]]
    assert names == [p.answer for p in expected]
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("family", "options"),
    [
        ("bert", {}),
        ("bert", {"uses_crf": True}),
        ("albert", {}),
    ],
)
def test_tags(family, options, golden_dir, tmp_path, export):
    trained = write(
        tmp_path / "m", golden_dir, "tagging", family=family, **options
    )
    saved = export(trained)
    texts = sentences(40, longest=200)
    one_word = call(saved["serving_default"], text=["", "pain"])
    assert one_word["tags"].shape == (2, 1)
    spans = [word_spans(text) for text in texts]
    tagger = EntityTagger(trained.model, trained.task)
    expected = list(
        tagger.tag(
            Segment("", 0, text, tuple(of_text))
            for text, of_text in zip(texts, spans, strict=True)
        )
    )
    found = call(saved["serving_default"], text=texts)
    assert found["num_words"].tolist() == [len(s) for s in spans]
    assert not found["num_words_cut"].any()
    for i, (tags, probabilities) in enumerate(expected):
        size = len(tags)
        got = [tag.decode() for tag in found["tags"][i]]
        assert got == [*tags, *[""] * (len(got) - size)]
        np.testing.assert_allclose(
            found["probabilities"][i, :size], probabilities, atol=EXACT
        )
        starts, ends = found["starts"][i], found["ends"][i]
        assert list(zip(starts[:size], ends[:size], strict=True)) == spans[i]
        assert [w.decode() for w in found["words"][i, :size]] == [
            texts[i][a:b] for a, b in spans[i]
        ]
