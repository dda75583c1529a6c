"""Sentences with errors to a browser of them: marks, filters, a way through."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from evaluation.entities import Entity
from reporting.report_errors import (
    BORDER,
    BOTH,
    ERRORS,
    MAX_SENTENCES,
    RIGHT,
    Errors,
    Finding,
    MarkedSentence,
)
from reporting.report_markup import escape, many

_ENTITY = "entity"  # what an entity without type is called


def browser(errors: Errors, *, anchor: str, run: str) -> str:
    """Returns the browser.

    Args:
      errors: of a run.
      anchor: a unique id.
      run: what the run is called.
    """
    shown = len(errors.sentences)
    more = ""
    if errors.num_wrong > shown:
        more = f" The first {MAX_SENTENCES} are here."
    items = "\n".join(_sentence(s) for s in errors.sentences)
    return (
        f'<div class="errors" id="{anchor}">\n<p class="quiet">'
        f"Of {escape(run)}: "
        f"{many(errors.num_wrong, 'sentence')} of {errors.num_sentences:,} "
        f"with at least one error.{more} The line above a word is gold, the "
        "line below it is predicted.</p>\n"
        f"{_filters(errors, anchor)}\n"
        f'<ol class="sentences" aria-label="Sentences with errors">\n{items}\n'
        "</ol>\n</div>"
    )


def _filters(errors: Errors, anchor: str) -> str:
    kinds = "".join(
        f'<label class="{_css(kind)}"><input type="checkbox" name="{anchor}-'
        f'kind" value="{_css(kind)}" checked><span class="swatch"></span>'
        f'{kind} <span class="count">{errors.kinds[kind]:,}</span></label>'
        for kind in ERRORS
        if errors.kinds[kind]
    )
    types = sorted(
        {
            t
            for s in errors.sentences
            for f in s.findings
            if f.kind != RIGHT
            for t in f.types
        }
    )
    options = "".join(
        f'<option value="{escape(name)}">{escape(name)}</option>'
        for name in types
    )
    choice = (
        f'<label>Type <select name="{anchor}-type"><option value="">all'
        f"</option>{options}</select></label>"
        if len(types) > 1
        else ""
    )
    return (
        '<form class="filters"><fieldset><legend>Errors shown</legend>'
        f"{kinds}{choice}"
        '<span class="walk"><button type="button" class="previous" '
        'aria-keyshortcuts="k">Previous <kbd>k</kbd></button>'
        '<button type="button" class="next" aria-keyshortcuts="j">Next '
        '<kbd>j</kbd></button></span><output aria-live="polite">'
        f"{many(len(errors.sentences), 'sentence')}</output></fieldset></form>"
    )


def _css(kind: str) -> str:
    return "e-" + kind.split(" ")[-1] if " " not in kind else "e-both"


def _sentence(sentence: MarkedSentence) -> str:
    kinds = " ".join(sorted(_css(kind) for kind in sentence.kinds))
    pairs = sorted(
        f"{_css(f.kind)}|{name}"
        for f in sentence.findings
        if f.kind != RIGHT
        for name in f.types
    )
    return (
        f'<li tabindex="-1" data-kinds="{kinds}" '
        f'data-pairs="{escape(chr(10).join(pairs))}">'
        f'<span class="place">{sentence.number}</span>'
        f'<p dir="auto">{"".join(_marked(sentence))}</p></li>'
    )


def _marked(sentence: MarkedSentence) -> Iterator[str]:
    position = 0
    for finding in sentence.findings:
        yield escape(" ".join(sentence.words[position : finding.start]))
        yield " " if position < finding.start else ""
        yield _mark(sentence, finding)
        yield " "
        position = finding.end
    yield escape(" ".join(sentence.words[position:]))


def _mark(sentence: MarkedSentence, finding: Finding) -> str:
    words = "".join(_pieces(sentence, finding))
    if finding.kind == RIGHT:
        said = f"right: {_types(finding.gold)}"
        return f'<mark class="e-right" title="{escape(said)}">{words}</mark>'
    note = escape(_note(sentence, finding))
    said = ""
    if finding.kind in (BORDER, BOTH):  # which words are whose, for the ear
        said = f'<span class="said">. {note}. </span>'
    return (
        f'<mark class="{_css(finding.kind)}" title="{note}">{words}'
        f"<small>{escape(_label(finding))}{said}</small></mark>"
    )


def _pieces(sentence: MarkedSentence, finding: Finding) -> Iterator[str]:
    """Yields the words, in runs that are gold, predicted, both or neither."""
    borders = sorted(
        {finding.start, finding.end}
        | {e.start for e in (*finding.gold, *finding.predicted)}
        | {e.end for e in (*finding.gold, *finding.predicted)}
    )
    pieces = []
    for start, end in itertools.pairwise(borders):
        inside = [
            css_class
            for css_class, entities in (
                ("g", finding.gold),
                ("p", finding.predicted),
            )
            if any(e.start <= start < e.end for e in entities)
        ]
        text = escape(" ".join(sentence.words[start:end]))
        pieces.append(f'<span class="{" ".join(inside)}">{text}</span>')
    yield " ".join(pieces)


def _label(finding: Finding) -> str:
    """Returns what stands beside a mark: the kind, and types if they differ."""
    gold, predicted = _types(finding.gold), _types(finding.predicted)
    if not any(e.kind for e in (*finding.gold, *finding.predicted)):
        return finding.kind
    if not finding.gold:
        return f"{finding.kind}: {predicted}"
    if not finding.predicted or gold == predicted:
        return f"{finding.kind}: {gold}"
    return f"{finding.kind}: {gold} \N{RIGHTWARDS ARROW} {predicted}"


def _types(entities: tuple[Entity, ...]) -> str:
    return " + ".join(dict.fromkeys(e.kind or _ENTITY for e in entities))


def _note(sentence: MarkedSentence, finding: Finding) -> str:
    """Returns gold and prediction in words, for a pointer or a reader."""
    parts = []
    for side, entities in (
        ("gold", finding.gold),
        ("predicted", finding.predicted),
    ):
        found = "; ".join(
            f"{' '.join(sentence.words[e.start : e.end])} ({e.kind or _ENTITY})"
            for e in entities
        )
        parts.append(f"{side}: {found or 'nothing'}")
    return ". ".join(parts)
