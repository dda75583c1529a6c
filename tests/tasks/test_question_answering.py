"""The kind "span question answering" on its own: rows, loss, answers, files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evaluation.squad import exact_match, word_f1
from foundation.errors import InputError
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from tasks.answer_files import write_object
from tasks.answers import AnswerOptions
from tasks.question_answering import SpanOptions, SpanTask
from tasks.question_splits import overlap_warning
from tasks.question_windows import WindowLimits
from tasks.questions import ReadingOptions, iterate_questions
from tests import qa_runs

LIMITS = WindowLimits(32, 8, 8)


@pytest.fixture(scope="module")
def tokenizer(golden_dir):
    return load_wordpiece(
        str(golden_dir / "tokenization" / "vocab_uncased_2k.txt"),
        lower_case=True,
    )


def a_task(tokenizer, paths, **options):
    options.setdefault("limits", LIMITS)
    return SpanTask(paths, tokenizer=tokenizer, options=SpanOptions(**options))


def predicted(task, split, seed=0):
    """Decodes random logits for all parts of a split."""
    rng = np.random.default_rng(seed)

    def parts():
        for part in split.parts():
            logits = [
                rng.normal(size=(int(n), 2)).astype(np.float32)
                for n in part.table.lengths
            ]
            yield task.decode(part, logits, {})

    return task.join(parts())


GOLDEN = [
    f"{where} {name}"
    for where in ("bundled", "shared")
    for name in ("bioasq_4b", "bioasq_5b_v2")
]


@pytest.mark.parametrize("case", GOLDEN)
def test_files_are_those_of_the_original(request, golden_dir, tmp_path, case):
    """From the questions and the recorded logits, byte for byte but digits."""
    where, name = case.split()
    vocabularies = folder = golden_dir / "question_answering" / name
    if where == "shared":
        shared = request.getfixturevalue("shared_dir")
        folder = shared / "golden/question_answering" / name
        vocabularies = shared / "data/vocab"
    flags = json.loads((folder / "flags.json").read_text())
    vocab = vocabularies / flags["vocab"]
    vocab = vocab if vocab.is_file() else vocab / "vocab.txt"
    task = a_task(
        load_wordpiece(str(vocab), lower_case=flags["do_lower_case"]),
        {"test": str(folder / "input.json")},
        limits=WindowLimits(
            flags["max_seq_length"],
            flags["doc_stride"],
            flags["max_query_length"],
        ),
        answers=AnswerOptions(
            flags["n_best_size"],
            flags["max_answer_length"],
            flags["version_2_with_negative"],
        ),
    )
    features = dict(np.load(folder / "features.npz"))
    sides = ("start_logits", "end_logits")
    logits = np.stack([features[side] for side in sides], axis=-1)

    def parts():
        first = 0
        for part in task.read("test").parts():
            rows = logits[first : first + len(part.table)]
            first += len(part.table)
            yield task.decode(part, list(rows), {})
        assert first == len(logits)

    task.write_predictions(task.join(parts()), str(tmp_path))
    names = ["predictions.json", "nbest_predictions.json"]
    if flags["version_2_with_negative"]:
        names.append("null_odds.json")
    for name in names:
        ours = (tmp_path / name).read_text().splitlines()
        text = (folder / name).read_text()
        if where == "bundled":  # cut out, and written in another form
            text = json.dumps(json.loads(text), indent=4)
        theirs = text.splitlines()
        assert len(ours) == len(theirs)
        for mine, wanted in zip(ours, theirs, strict=True):
            if mine != wanted:  # the last digits of a number
                key, number = mine.rstrip(",").rsplit(": ", 1)
                assert wanted.startswith(f"{key}: ")
                value = float(wanted.rstrip(",").rsplit(": ", 1)[1])
                assert float(number) == pytest.approx(value, abs=1e-6)
    exists = (tmp_path / "null_odds.json").exists()
    assert exists == flags["version_2_with_negative"]


@pytest.mark.parametrize("number", [*range(1, 34), 700])
def test_no_question_is_lost_or_doubled(tokenizer, tmp_path, number):
    # Several windows each, and parts of some hundred rows.
    path = qa_runs.write(
        tmp_path / "q.json", qa_runs.paragraphs(number, num_things=9)
    )
    task = a_task(tokenizer, {"test": str(path)})
    split = task.read("test")
    assert split.files[0]["num_questions"] == number
    found = predicted(task, split)
    names = [name for name, _ in found]
    wanted = [
        q.question_id for q in iterate_questions(str(path), ReadingOptions())
    ]
    assert names == wanted
    task.write_predictions(found, str(tmp_path))
    for name in ("predictions.json", "nbest_predictions.json"):
        assert list(json.loads((tmp_path / name).read_text())) == wanted
    rows = (tmp_path / "predictions.tsv").read_text().splitlines()[1:]
    assert [row.split("\t")[0] for row in rows] == wanted


@pytest.mark.parametrize("negative", [False, True])
def test_scores_are_those_of_the_written_answers(tokenizer, tmp_path, negative):
    path = qa_runs.write(
        tmp_path / "q.json",
        qa_runs.paragraphs(200, impossible=0.4 if negative else 0),
    )
    task = a_task(
        tokenizer,
        {"test": str(path)},
        answers=AnswerOptions(may_be_impossible=negative),
    )
    found = predicted(task, task.read("test"))
    scores = task.score(found)
    task.write_predictions(found, str(tmp_path))
    gold = {
        q.question_id: q.gold
        for q in iterate_questions(str(path), task.reading("test"))
    }
    rows = (tmp_path / "predictions.tsv").read_text().splitlines()
    assert rows[0] == "id\ttext\tprobability\tnull_odds"
    texts = dict(row.split("\t")[:2] for row in rows[1:])
    exact = [exact_match(gold[name], text) for name, text in texts.items()]
    f1 = [word_f1(gold[name], text) for name, text in texts.items()]
    assert scores["exact_match"] == pytest.approx(np.mean(exact))
    assert scores["f1"] == pytest.approx(np.mean(f1))
    assert ("HasAns_f1" in scores) == negative
    if negative:
        share = np.mean([not answers for answers in gold.values()])
        both = share * scores["NoAns_f1"]
        both += (1 - share) * scores["HasAns_f1"]
        assert scores["f1"] == pytest.approx(both)
        assert scores["best_f1"] >= scores["f1"]


def test_the_best_threshold_is_taken(tokenizer, tmp_path):
    paths = {}
    for name, seed in (("dev", 1), ("test", 2)):
        path = tmp_path / f"{name}.json"
        paths[name] = str(
            qa_runs.write(
                path, qa_runs.paragraphs(60, seed=seed, impossible=0.5)
            )
        )
    task = a_task(
        tokenizer,
        paths,
        answers=AnswerOptions(may_be_impossible=True),
        tunes_threshold=True,
    )
    alone = task.score(predicted(task, task.read("test")))
    assert alone["f1"] == pytest.approx(alone["best_f1"])
    dev = task.score(predicted(task, task.read("dev")))
    assert dev["f1"] == pytest.approx(dev["best_f1"])
    # Now that dev is known, its threshold is the one for test.
    after = task.score(predicted(task, task.read("test")))
    assert (
        after["null_score_diff_threshold"] == (dev["null_score_diff_threshold"])
    )


def test_questions_without_gold_have_no_scores(tokenizer, tmp_path):
    path = qa_runs.write(
        tmp_path / "q.json", qa_runs.paragraphs(5, with_answers=False)
    )
    task = a_task(tokenizer, {"test": str(path)})
    found = predicted(task, task.read("test"))
    assert task.score(found) == {}
    assert "0 of them with gold" in task.report(found)


def test_two_questions_with_one_id_are_refused(tokenizer, tmp_path):
    value = qa_runs.paragraphs(2)
    value[1]["qas"][0]["id"] = value[0]["qas"][0]["id"]
    path = qa_runs.write(tmp_path / "q.json", value)
    with pytest.raises(InputError, match="q000 twice"):
        a_task(tokenizer, {"test": str(path)}).read("test")


def test_training_rows(tokenizer, tmp_path):
    value = qa_runs.paragraphs(20, num_things=9)
    path = qa_runs.write(tmp_path / "q.json", value)
    task = a_task(tokenizer, {"train": str(path)})
    split = task.read("train")
    table = split.table
    assert [s.name for s in table.specs] == [s.name for s in task.feature_specs]
    batch = table.batch(range(len(table)), length=32)
    assert batch["input_ids"].shape == (len(table), 32)
    lengths = batch["input_mask"].sum(axis=1)
    np.testing.assert_array_equal(lengths, table.lengths)
    starts = batch["start_positions"][:, 0]
    ends = batch["end_positions"][:, 0]
    # Each answer is in at least one window; where it is not, [CLS] is it.
    assert (starts > 0).sum() >= 20
    found = {
        tokenizer.pieces([batch["input_ids"][i, starts[i]]])[0]
        for i in np.flatnonzero(starts)
    }
    assert found <= {*qa_runs.COLOURS, "re", "bl", "gr", "wh", "[UNK]"} | {
        tokenizer.pieces(tokenizer.encode(c))[0] for c in qa_runs.COLOURS
    }
    assert (ends >= starts).all()
    segments = batch["segment_ids"]
    assert (segments.sum(axis=1) < lengths).all()
    assert (batch["input_ids"][segments == 0][:1] == tokenizer.cls_id).all()


def test_the_loss_is_the_mean_of_both_cross_entropies(tokenizer):
    import tensorflow as tf

    rng = np.random.default_rng(4)
    logits = rng.normal(size=(3, 8, 2)).astype(np.float32)
    batch = {
        "input_mask": np.array([[1] * 8, [1] * 5 + [0] * 3, [1] * 6 + [0] * 2]),
        "start_positions": np.array([[3], [0], [1]], np.int32),
        "end_positions": np.array([[4], [0], [5]], np.int32),
    }
    for masks in (False, True):
        task = a_task(tokenizer, {}, masks_padding=masks)
        total, weight = task.loss(
            None,
            tf.constant(logits),
            {k: tf.constant(v, tf.int32) for k, v in batch.items()},
        )
        expected = 0.0
        for row in range(3):
            size = batch["input_mask"][row].sum() if masks else 8
            for side, name in enumerate(("start_positions", "end_positions")):
                values = logits[row, :size, side]
                gold = values[batch[name][row, 0]]
                expected += 0.5 * (np.log(np.exp(values).sum()) - gold)
        assert float(weight) == 3
        assert float(total) == pytest.approx(expected, rel=1e-5)


TEXTS = [
    ("The Café was built in 1990, by Müller.", "Café"),
    ("It is 1,25-dihydroxyvitamin D3 (calcitriol), in 1990, ok", "calcitriol"),
    ("TNF-α and IL-1β\n are  cytokines", "TNF-α and IL-1β"),
    ("in 1990, and 2,000 cells", "1990"),
    ("ﬁne Ⅷ text", "ﬁne"),
]


@pytest.mark.parametrize(("context", "answer"), TEXTS)
def test_sentencepiece_answers_are_stretches_of_the_text(
    golden_dir, tmp_path, context, answer
):
    """Learned from where they are, found as they stand there."""
    tokenizer = load_sentencepiece(
        str(golden_dir / "tokenization" / "spm_2k.model"), lower_case=True
    )
    entry = {
        "id": "q",
        "question": "what is it",
        "answers": [{"text": answer, "answer_start": context.index(answer)}],
    }
    path = qa_runs.write(
        tmp_path / "q.json", [{"context": context, "qas": [entry]}]
    )
    limits = WindowLimits(96, 32, 16)
    task = a_task(
        tokenizer, {"train": str(path), "test": str(path)}, limits=limits
    )
    table = task.read("train").table
    start = table.row(0, "start_positions")[0]
    end = table.row(0, "end_positions")[0]
    assert 0 < start <= end
    (part,) = task.read("test").parts()
    logits = np.zeros((int(part.table.lengths[0]), 2), np.float32)
    logits[start, 0] = logits[end, 1] = 9
    ((_, found),) = task.decode(part, [logits], {})
    assert found.text() == answer
    assert all(a.text in context for a in found.best)


def test_wordpiece_answers_of_real_questions_come_back(shared_dir):
    _answers_come_back(
        load_wordpiece(
            str(shared_dir / "data/vocab/bert-base-cased/vocab.txt"),
            lower_case=False,
        ),
        shared_dir,
    )


def test_sentencepiece_answers_of_real_questions_come_back(shared_dir):
    (model,) = (shared_dir / "data/vocab/albert-30k").glob("*.model")
    _answers_come_back(
        load_sentencepiece(str(model), lower_case=True), shared_dir
    )


def _answers_come_back(tokenizer, shared_dir):
    path = (
        shared_dir
        / "data/qa/bioasq/derived/BioASQ-train-factoid-4b5b-located.json"
    )
    limits = WindowLimits(384, 128, 64)
    task = a_task(
        tokenizer, {"train": str(path), "test": str(path)}, limits=limits
    )
    table, number, right, total = task.read("train").table, 0, 0, 0
    for part in task.read("test").parts():
        logits = []
        for length in part.table.lengths:
            row = np.zeros((int(length), 2), np.float32)
            row[table.row(number, "start_positions")[0], 0] = 9
            row[table.row(number, "end_positions")[0], 1] = 9
            logits.append(row)
            number += 1
        for one, (_, found) in zip(
            part.examples, task.decode(part, logits, {}), strict=True
        ):
            total += 1
            right += exact_match(one.question.gold, found.text())
    assert number == len(table)
    assert total == 525
    # The rest: longer than 30 pieces, or cut out of a word.
    assert right / total > 0.97


def test_leaks_are_told(tmp_path):
    value = qa_runs.paragraphs(4)
    path = str(qa_runs.write(tmp_path / "q.json", value))

    def questions(number):
        found = list(iterate_questions(path, ReadingOptions()))
        return found[:number]

    text = overlap_warning(questions(2), questions(4), name="test")
    assert "2 of them of the same paragraph" in text
    assert "too high" in text
    assert overlap_warning([], questions(4), name="test") is None


@pytest.mark.parametrize(
    "value",
    [{}, {"é\n": [1, {"a": "}\n"}], "b": None}, {"a": [], "b": {}}, {"x": 1.5}],
)
def test_objects_are_written_as_json_does(tmp_path, value):
    path = tmp_path / "x.json"
    write_object(str(path), value.items())
    assert path.read_text() == json.dumps(value, indent=4) + "\n"
