"""Gold and predicted labels to scores, each with its definition in words.

Papers mean different numbers by "F1": each name here has one meaning, and
`definitions` says it, for the corpus at hand.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from evaluation import classes, correlation
from evaluation.scores import Score, macro, mean, micro
from tasks.text_corpus import TextCorpus
from tasks.text_examples import document_of
from tasks.text_predictions import TextPredictions

Scores = dict[str, float]
_HARMONIC = "harmonic mean of the mean precision and the mean recall"


def headlines(corpus: TextCorpus) -> tuple[str, ...]:
    """Returns the scores that may choose a checkpoint: higher is better."""
    if corpus.kind == "score":
        return ("pearson", "spearman")
    if corpus.kind == "labels":
        names = ("micro_f1", "macro_f1", "example_f1", "exact_match")
        if corpus.document_separator:
            return (*names, "document_example_f1")
        return names
    of_one = ("f1",) if corpus.positive else ()
    return ("accuracy", "micro_f1", "macro_f1", "matthews", *of_one)


def score_texts(predictions: TextPredictions, corpus: TextCorpus) -> Scores:
    """Returns the named scores of predictions with gold."""
    gold = [example.label for example in predictions.examples]
    predicted = list(predictions.predicted)
    kind = predictions.labels.kind
    if kind == "score":
        numbers = [float(str(label)) for label in gold]
        return _of_numbers(numbers, [float(str(p)) for p in predicted])
    if kind == "labels":
        return _of_label_sets(predictions, corpus)
    return _of_classes(gold, predicted, corpus, names=predictions.labels.names)


def _of_numbers(gold: Sequence[float], predicted: Sequence[float]) -> Scores:
    if len(gold) < 2:  # no correlation of one pair
        squares = [(a - b) ** 2 for a, b in zip(gold, predicted, strict=True)]
        return {"pearson": 0.0, "spearman": 0.0, "mse": mean(squares)}
    return {
        "pearson": correlation.pearson(gold, predicted),
        "spearman": correlation.spearman(gold, predicted),
        "mse": correlation.mean_squared_error(gold, predicted),
    }


def _of_classes(
    gold: Sequence[Hashable],
    predicted: Sequence[Hashable],
    corpus: TextCorpus,
    *,
    names: Sequence[str],
) -> Scores:
    of_each = classes.score_classes(gold, predicted, classes=names)
    by_class = {name: of_each[name] for name in scored_classes(corpus, names)}
    scores = {"accuracy": classes.accuracy(gold, predicted)}
    scores |= _named("micro", micro(by_class)) | _named(
        "macro", macro(by_class)
    )
    scores["matthews"] = classes.matthews(gold, predicted)
    if corpus.positive in names:
        positive = of_each[corpus.positive]
        scores |= {
            "precision": positive.precision,
            "recall": positive.recall,
            "f1": positive.f1,
        }
        if len(names) == 2:
            (other,) = (n for n in names if n != corpus.positive)
            scores["specificity"] = of_each[other].recall
    return scores


def scored_classes(corpus: TextCorpus, names: Sequence[str]) -> list[str]:
    """Returns the classes of micro and macro averages."""
    return [name for name in names if name != corpus.negative]


def _named(prefix: str, score: Score) -> Scores:
    return {
        f"{prefix}_precision": score.precision,
        f"{prefix}_recall": score.recall,
        f"{prefix}_f1": score.f1,
    }


def _of_label_sets(predictions: TextPredictions, corpus: TextCorpus) -> Scores:
    gold = [_as_set(e.label) for e in predictions.examples]
    predicted = [_as_set(label) for label in predictions.predicted]
    by_label = score_label_sets(gold, predicted, predictions.labels.names)
    scores = _named("micro", micro(by_label)) | _named("macro", macro(by_label))
    scores |= _named("example", classes.score_examples(gold, predicted))
    scores["exact_match"] = classes.accuracy(
        [frozenset(x) for x in gold], [frozenset(x) for x in predicted]
    )
    if corpus.document_separator:
        names = [
            document_of(e.example_id, corpus) for e in predictions.examples
        ]
        score = classes.score_examples(
            list(_unions(names, gold).values()),
            list(_unions(names, predicted).values()),
        )
        scores |= _named("document_example", score)
    return scores


def score_label_sets(
    gold: Sequence[set[str]],
    predicted: Sequence[set[str]],
    names: Sequence[str],
) -> dict[Hashable, Score]:
    """Returns the score of each label, as if it were the only one."""
    scores: dict[Hashable, Score] = {}
    for name in names:
        has = [name in labels for labels in gold]
        guessed = [name in labels for labels in predicted]
        of_name = classes.score_classes(has, guessed, classes=[True])
        scores[name] = of_name[True]
    return scores


def _as_set(label: object) -> set[str]:
    return set(label) if isinstance(label, tuple) else set()


def _unions(
    names: Sequence[str], sets: Sequence[set[str]]
) -> dict[str, set[str]]:
    """Returns the labels of all rows of each document."""
    unions: dict[str, set[str]] = {}
    for name, labels in zip(names, sets, strict=True):
        unions.setdefault(name, set()).update(labels)
    return unions


def definitions(corpus: TextCorpus, names: Sequence[str]) -> Mapping[str, str]:
    """Returns what each score means, by its name."""
    over = f"the {len(names)} classes"
    if corpus.negative in names:
        shown = ", ".join(scored_classes(corpus, names))
        over = f"{shown} (without {corpus.negative})"
    whole = "over the whole set"
    of_rows = "over rows that have a label"
    of_documents = "over documents that have a label, those of all their rows"
    return {
        "accuracy": "share of rows that are right, every class counted",
        **_defined("micro", f"of counts added up over {over}"),
        **_defined("macro", f"mean over {over}"),
        "matthews": "Matthews correlation of all classes",
        "f1": f"F1 of class {corpus.positive}",
        "precision": f"precision of class {corpus.positive}",
        "recall": f"recall of class {corpus.positive}",
        "specificity": "recall of the other class",
        "pearson": f"Pearson correlation {whole}",
        "spearman": f"Spearman correlation {whole}, equal values share ranks",
        "mse": "mean squared error",
        **_defined("example", f"mean {of_rows}")
        | {"example_f1": f"{_HARMONIC} {of_rows}"},
        **_defined("document_example", f"mean {of_documents}")
        | {
            "document_example_f1": f"{_HARMONIC} {of_documents} (BLUE's HoC "
            "score)"
        },
        "exact_match": "share of rows whose labels are all right",
    }


def _defined(prefix: str, how: str) -> dict[str, str]:
    """Returns the definitions of precision, recall and F1."""
    return {
        f"{prefix}_precision": f"precision, {how}",
        f"{prefix}_recall": f"recall, {how}",
        f"{prefix}_f1": f"F1, {how}",
    }


def majority_scores(predictions: TextPredictions, corpus: TextCorpus) -> Scores:
    """Returns the scores of the most frequent label for every row.

    Of labels, what is predicted is the most frequent set that is not empty;
    of scores, the mean.
    """
    gold = [example.label for example in predictions.examples]
    if predictions.labels.kind == "score":
        numbers = [float(str(label)) for label in gold]
        return _of_numbers(numbers, [mean(numbers)] * len(numbers))
    always = classes.majority([label for label in gold if label] or gold)
    constant = TextPredictions(
        labels=predictions.labels,
        examples=predictions.examples,
        values=predictions.values,
        predicted=(always,) * len(gold),  # type: ignore[arg-type]
        loss=None,
        num_cut=0,
    )
    return score_texts(constant, corpus)
