import itertools
import random

import pytest

from evaluation.entities import score_entities
from evaluation.tokens import score_tokens
from reporting.classification_report import (
    FILE_NAME,
    classification_report,
    entity_table,
    word_table,
    write_classification_report,
)
from reporting.history import Standing
from tasks.readers import read_tagged_sentences

UNKNOWN = Standing(epoch=None, training_loss=None, dev_loss=None)
TAG_SETS = (
    ["O", "B-X", "I-X", "B-cell-line", "I-cell-line"],
    ["O", "B", "I"],
    ["O", *(f"{p}-a_very_long_name_{i}" for i in range(9) for p in "BI")],
)
# The evaluation in bio_ner_bert's README (precision, recall, F1) and entities
# in gold, found and correct. The counts are not published: DNA, RNA and
# cell_line allow these alone, of the others' few they are the nearest to the
# corpus (8,662 entities, seven of them lost to the cut at 128 pieces).
PUBLISHED = {
    "DNA": (("0.6997", "0.7894", "0.7419"), (1054, 1189, 832)),
    "RNA": (("0.6985", "0.8051", "0.7480"), (118, 136, 95)),
    "cell_line": (("0.5205", "0.7100", "0.6007"), (500, 682, 355)),
    "cell_type": (("0.7736", "0.7422", "0.7576"), (1920, 1842, 1425)),
    "protein": (("0.6953", "0.8459", "0.7633"), (5063, 6160, 4283)),
}


def random_tags(tags, seed, num_sentences=40):
    rng = random.Random(seed)
    gold = [
        [rng.choice(tags) for _ in range(rng.randint(1, 9))]
        for _ in range(num_sentences)
    ]
    return gold, changed(gold, tags, rng)


def changed(gold, tags, rng):
    return [[rng.choice([t, t, t, *tags]) for t in s] for s in gold]


def seqeval_table(gold, predicted):
    metrics = pytest.importorskip("seqeval.metrics")
    return metrics.classification_report(
        gold, predicted, digits=4, zero_division=0
    )


def sklearn_table(gold, predicted):
    metrics = pytest.importorskip("sklearn.metrics")
    chain = itertools.chain.from_iterable
    return metrics.classification_report(
        list(chain(gold)), list(chain(predicted)), digits=4, zero_division=0
    )


@pytest.mark.parametrize("tags", TAG_SETS)
def test_tables_are_those_of_seqeval_and_scikit_learn(tags):
    for seed in range(40):
        gold, predicted = random_tags(tags, seed)
        assert entity_table(gold, predicted) == seqeval_table(gold, predicted)
        assert word_table(gold, predicted) == sklearn_table(gold, predicted)


def test_a_type_that_is_only_predicted_or_only_in_gold_has_a_row():
    gold = [["B-X", "O"], ["B-Y", "I-Y"]]
    predicted = [["B-X", "B-Z"], ["O", "O"]]
    table = entity_table(gold, predicted)
    assert table == seqeval_table(gold, predicted)
    assert [line.split()[0] for line in table.splitlines()[2:5]] == list("XYZ")
    assert word_table(gold, predicted) == sklearn_table(gold, predicted)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "JNLPBA-5type/fine-tokens/devel.tsv",
        "mtl-format/NCBI-disease-IOB/test.tsv",
        "biobert-format/s800/test.tsv",
    ],
)
def test_tables_are_equal_on_real_tags(shared_dir, name):
    path = shared_dir / "data" / "ner" / name
    gold = [list(s.tags) for s in read_tagged_sentences(str(path))]
    tags = sorted({tag for s in gold for tag in s})
    rng = random.Random(3)
    predicted = [[rng.choice([*[t] * 30, *tags]) for t in s] for s in gold]
    assert entity_table(gold, predicted) == seqeval_table(gold, predicted)
    assert word_table(gold, predicted) == sklearn_table(gold, predicted)


def test_the_published_table_comes_back_from_its_counts():
    gold, predicted = [], []
    for kind, (_, (in_gold, found, correct)) in PUBLISHED.items():
        tag = f"B-{kind}"
        gold += [[tag]] * in_gold + [["O"]] * (found - correct)
        predicted += [[tag]] * correct + [["O"]] * (in_gold - correct)
        predicted += [[tag]] * (found - correct)
    rows = [line.split() for line in entity_table(gold, predicted).splitlines()]
    assert rows[2:7] == [
        [kind, *scores, str(counts[0])]
        for kind, (scores, counts) in PUBLISHED.items()
    ]
    assert rows[8] == ["micro", "avg", "0.6984", "0.8076", "0.7490", "8655"]
    # What the README calls macro, from seqeval 0.0.12, is weighted.
    assert rows[10] == ["weighted", "avg", "0.7032", "0.8076", "0.7498", "8655"]
    assert rows[9] == ["macro", "avg", "0.6775", "0.7785", "0.7223", "8655"]


def test_numbers_are_those_of_evaluation():
    gold, predicted = random_tags(TAG_SETS[0], seed=99)
    scores = score_entities(gold, predicted)
    rows = {
        line[:13].strip(): line.split()[-4:]
        for line in entity_table(gold, predicted).splitlines()[2:]
        if line
    }
    assert rows["micro avg"] == numbers(scores.micro)
    assert rows["macro avg"] == numbers(scores.macro)
    assert {kind: rows[kind] for kind in scores.per_type} == {
        kind: numbers(score) for kind, score in scores.per_type.items()
    }
    tokens = score_tokens(gold, predicted, classes=TAG_SETS[0][1:])
    text = report({"dev": (gold, predicted)})
    assert (
        f"macro avg without O: precision {tokens.precision:.4f}, recall "
        f"{tokens.recall:.4f}, f1-score {tokens.f1:.4f}"
    ) in text


def numbers(score):
    shown = (score.precision, score.recall, score.f1)
    return [*(f"{value:.4f}" for value in shown), str(score.gold)]


def report(by_split, standing=UNKNOWN):
    return classification_report(by_split, step=7, standing=standing)


def test_each_split_and_level_is_named():
    tags = ([["B", "I", "O"]], [["B", "O", "O"]])
    text = report({"dev": tags, "test": tags})
    titles = [line for line in text.splitlines() if "level, " in line]
    assert titles == [
        "Entity level, dev",
        "Word level, dev",
        "Entity level, test",
        "Word level, test",
    ]
    assert text.count(entity_table(*tags)) == text.count(word_table(*tags)) == 2


def test_epoch_and_losses_stand_below_when_known():
    tags = {"dev": ([["B"]], [["B"]])}
    known = Standing(epoch=4.0, training_loss=0.25, dev_loss=0.125)
    assert (
        "Epoch: 4.00 (step 7)\n- Training Loss: 0.25 (mean of an epoch)\n"
        "- Validation Loss: 0.125\n"
    ) in report(tags, known)
    assert "Step: 7\n" in report(tags)
    assert "Loss" not in report(tags)


@pytest.mark.parametrize("tags", [[], [[]], [["O", "O"]]])
def test_without_entities_the_scores_are_zero(tags):
    assert "micro avg     0.0000    0.0000    0.0000         0" in report(
        {"test": (tags, tags)}
    )


def test_different_lengths_are_refused():
    with pytest.raises(ValueError, match="got 1 predicted tags, expected 2"):
        report({"dev": ([["O", "O"]], [["O"]])})


def test_the_file_has_the_losses_of_the_run(tmp_path):
    (tmp_path / "metrics.jsonl").write_text(
        '{"step": 5, "loss": 3.0, "epoch": 0.5}\n'
        '{"step": 10, "loss": 1.0, "epoch": 1.0}\n'
        '{"step": 10, "dev_loss": 0.5}\n'
        '{"step": 15, "loss": 9.0, "epoch": 1.5}\n',
        encoding="utf-8",
    )
    tags = ([["B", "I"]], [["B", "I"]])
    path = write_classification_report(str(tmp_path), {"dev": tags}, step=10)
    text = (tmp_path / FILE_NAME).read_text("utf-8")
    assert path == str(tmp_path / FILE_NAME)
    assert "Epoch: 1.00 (step 10)\n- Training Loss: 2 (mean" in text
    assert "- Validation Loss: 0.5\n" in text
