"""Gold and predicted word tags to every number a tagging run reports.

Each way of counting has its own name (user-demand.md, row 3): entity_* as
conlleval counts (the headline), strict_* for strict IOB2, token_* for single
words' tags, word_type_f1 for their types (EBM-NLP's measure). All are over
all words: those that truncation cut off count as O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evaluation.conlleval import ConllCounts, report
from evaluation.entities import (
    EntityScores,
    lenient_entities,
    score_entities,
)
from evaluation.tokens import TokenScores, score_tokens
from tasks.tag_schemes import OUTSIDE, split_tag

Tags = Sequence[str]


def score_tags(
    gold: Sequence[Tags],
    predicted: Sequence[Tags],
    *,
    num_words_cut: int = 0,
    num_entities_cut: int = 0,
) -> dict[str, float]:
    """Scores a run.

    Args:
      gold: the right tags, one sequence per sentence.
      predicted: as many tags, "O" for words cut off.
      num_words_cut: words that truncation cut off.
      num_entities_cut: gold entities that lost a word to it.

    Returns:
      Metric name -> value, sorted by name. Scores are fractions; num_* are
      counts. Token scores are means over the gold tags other than O.
    """
    lenient = score_entities(gold, predicted, convention="conlleval")
    strict = score_entities(gold, predicted, convention="strict")
    classes = sorted({tag for tags in gold for tag in tags} - {OUTSIDE})
    tokens = score_tokens(gold, predicted, classes=classes)
    words = _score_types_of_words(gold, predicted)
    metrics: dict[str, float] = {
        **_named("entity", lenient),
        **_named("strict", strict),
        "token_accuracy": tokens.accuracy,
        "token_f1": tokens.f1,
        "token_precision": tokens.precision,
        "token_recall": tokens.recall,
        "word_type_f1": words.f1,
        "num_sentences": len(gold),
        "num_words": sum(len(tags) for tags in gold),
        "num_words_cut": num_words_cut,
        "num_entities_gold": lenient.micro.gold,
        "num_entities_found": lenient.micro.found,
        "num_entities_correct": lenient.micro.correct,
        "num_entities_cut": num_entities_cut,
    }
    return dict(sorted(metrics.items()))


def _score_types_of_words(
    gold: Sequence[Tags], predicted: Sequence[Tags]
) -> TokenScores:
    """Scores the type of each word, B and I alike: macro over the types."""
    right = [[_type_of_word(tag) for tag in tags] for tags in gold]
    guessed = [[_type_of_word(tag) for tag in tags] for tags in predicted]
    kinds = sorted({kind for kinds in right for kind in kinds if kind})
    return score_tokens(right, guessed, classes=kinds)


def _type_of_word(tag: str) -> str:
    """Returns the type that a tag names, "_" without one, "" outside."""
    prefix, kind = split_tag(tag)
    return "" if prefix == OUTSIDE else kind or "_"


def score_repaired(
    gold: Sequence[Tags], repaired: Sequence[Tags]
) -> dict[str, float]:
    """Scores tags that were made valid IOB2; names start with repaired_."""
    lenient = score_entities(gold, repaired, convention="conlleval")
    return {
        f"repaired_entity_{name}": getattr(lenient.micro, name)
        for name in ("precision", "recall", "f1")
    }


def _named(name: str, scores: EntityScores) -> dict[str, float]:
    metrics = {
        f"{name}_precision": scores.micro.precision,
        f"{name}_recall": scores.micro.recall,
        f"{name}_f1": scores.micro.f1,
        f"{name}_macro_f1": scores.macro.f1,
    }
    for kind, score in scores.per_type.items():
        if kind:  # without types the micro score says it all
            metrics[f"{name}_f1_{kind}"] = score.f1
    return metrics


def conlleval_table(gold: Sequence[Tags], predicted: Sequence[Tags]) -> str:
    """Returns what conlleval.pl would print for these tags."""
    counts = ConllCounts()
    for right, guess in zip(gold, predicted, strict=True):
        for right_tag, guessed_tag in zip(right, guess, strict=True):
            counts.add_word(right_tag, guessed_tag)
        counts.end_sentence()
    counts.finish()
    return report(counts)


def count_cut(gold: Tags, num_words_kept: int) -> tuple[int, int]:
    """Counts what truncation took from one sentence.

    Returns:
      The words cut off, and the gold entities that lost a word.
    """
    num_entities = sum(
        entity.end > num_words_kept for entity in lenient_entities(gold)
    )
    return max(0, len(gold) - num_words_kept), num_entities


def one_class_warning(predicted: Sequence[Tags]) -> str | None:
    """Says so when every word got the same tag, with the likely causes.

    Returns:
      The text, or None when two tags or more were predicted (or none at all).
    """
    tags = Counter(tag for sentence in predicted for tag in sentence)
    if len(tags) != 1:
        return None
    ((tag, how_often),) = tags.items()
    return (
        f"all {how_often} words were predicted {tag}: the model has learned "
        "nothing useful. Likely causes: too few training steps or epochs; a "
        "learning rate far too high or too low (5e-5 to 1e-5 is usual); the "
        "initial checkpoint was not loaded, or vocabulary and casing are not "
        "the checkpoint's; the wrong separator or tag column, so that nearly "
        "all training tags are alike; another label mapping than in training; "
        "sentences cut to a few words by --max_seq_length"
    )
