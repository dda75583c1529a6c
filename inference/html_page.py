"""What predictions.html holds -> its markup.

Entities are marked in their text, one colour a type. The page stands alone:
nothing is loaded, and it works from a disk.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from inference.entities import FoundEntity
from inference.html_template import fill
from inference.type_colours import type_colour

_NO_TYPE = "Entity"  # what an entity without type is called on the page


@dataclass
class Counts:
    """How much of something there is.

    Attributes:
      documents: also those of which only a part counts.
      characters: of their texts.
      types: entities of each type.
    """

    documents: int = 0
    characters: int = 0
    types: Counter[str | None] = field(default_factory=Counter)


@dataclass
class Article:
    """A document on the page.

    Attributes:
      document: its name.
      texts: parts of its text, from the start, that are shown.
      entities: those in them.
      is_cut: whether there is more text that is not shown.
    """

    document: str
    texts: list[str] = field(default_factory=list)
    entities: list[FoundEntity] = field(default_factory=list)
    is_cut: bool = False


@dataclass(frozen=True)
class PageContent:
    """All that the page says.

    Attributes:
      source: the name of what was read.
      all_entities: the file beside the page that holds every entity.
      articles: what is shown.
      shown: how much that is.
      total: how much there is.
    """

    source: str
    all_entities: str
    articles: Sequence[Article]
    shown: Counts
    total: Counts


def render(content: PageContent) -> str:
    """Returns the page as HTML."""
    names = sorted(content.total.types, key=lambda name: name or "")
    classes = {name: f"t{index}" for index, name in enumerate(names)}
    title = f"Entities in {escape(content.source)}"
    body = [
        f"<header>\n<h1>{title}</h1>",
        *_summary(content),
        "</header>",
        *_legend(content, classes),
        "<main>",
        *(
            _article(number, a, classes)
            for number, a in enumerate(content.articles)
        ),
        "</main>",
        "<footer>\n<p>Every entity, with its offsets and probability: "
        f"{_link(content.all_entities)}</p>\n</footer>",
    ]
    rules = map(_rules, classes.values(), range(len(classes)))
    return fill(title=title, body="\n".join(body), style="".join(rules))


def escape(text: str) -> str:
    """Returns text as markup that a browser turns back into it.

    In markup, carriage returns would become line feeds, and NUL is not
    allowed; U+FFFD stands for it, as a browser would have it.
    """
    text = html.escape(text).replace("\0", "\ufffd")
    return text.replace("\r", "&#13;")


def _rules(css_class: str, index: int) -> str:
    colour = type_colour(index)
    return (
        f".{css_class} {{ --paper: {colour.paper}; --line: {colour.ink}; }}\n"
        f"main.hide-{css_class} mark.{css_class} {{ background: none; "
        "color: inherit; padding: 0; }\n"
        f"main.hide-{css_class} mark.{css_class}::after {{ content: none; }}\n"
    )


def _summary(content: PageContent) -> Iterator[str]:
    shown, total = content.shown, content.total
    types = [name for name in total.types if name is not None]
    of_types = f" of {_many(len(types), 'type')}" if types else ""
    yield (
        f'<p class="summary">{_many(total.types.total(), "entity")}{of_types} '
        f"in {_many(total.documents, 'document')} of "
        f"{_many(total.characters, 'character')}</p>"
    )
    if shown != total:
        yield (
            '<p class="notice">Showing '
            f"{shown.documents:,} of {_many(total.documents, 'document')}, "
            f"{shown.characters:,} of "
            f"{_many(total.characters, 'character')}, "
            f"{shown.types.total():,} of "
            f"{_many(total.types.total(), 'entity')}; "
            f"the rest is in {_link(content.all_entities)}.</p>"
        )


def _many(number: int, noun: str) -> str:
    if number != 1:
        noun = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun}"


def _link(name: str) -> str:
    return f'<a href="{escape(name)}">{escape(name)}</a>'


def _legend(
    content: PageContent, classes: Mapping[str | None, str]
) -> Iterator[str]:
    """Yields the filters, which are the legend."""
    yield '<form class="types">\n<fieldset>\n<legend>Shown types</legend>'
    for name, css_class in classes.items():
        shown, total = content.shown.types[name], content.total.types[name]
        count = f"{total:,}" if shown == total else f"{shown:,} of {total:,}"
        yield (
            f'<label class="{css_class}"><input type="checkbox" name="type" '
            f'value="{css_class}" checked><span class="swatch"></span>'
            f'{escape(name or _NO_TYPE)} <span class="count">{count}</span>'
            "</label>"
        )
    yield (
        '<span class="options"><button type="button" id="all">All</button>'
        '<button type="button" id="none">None</button>'
        '<label><input type="checkbox" id="names" checked>Names</label>'
        '<label><input type="checkbox" id="probabilities">Probabilities'
        "</label></span>\n</fieldset>\n</form>"
    )


def _article(
    number: int, article: Article, classes: Mapping[str | None, str]
) -> str:
    marked = "".join(_marked(article, classes))
    more = (
        '<p class="more">This document goes on.</p>\n' if article.is_cut else ""
    )
    return (
        f'<article aria-labelledby="d{number}">\n'
        f'<h2 id="d{number}">{escape(article.document)} <span class="count">'
        f"{_many(len(article.entities), 'entity')}</span></h2>\n"
        f'<div class="text" dir="auto">{marked}</div>\n{more}</article>'
    )


def _marked(
    article: Article, classes: Mapping[str | None, str]
) -> Iterator[str]:
    text = "".join(article.texts)
    position = 0
    for entity in article.entities:
        yield escape(text[position : entity.start])
        yield _mark(entity, classes[entity.type])
        position = entity.end
    yield escape(text[position:])


def _mark(entity: FoundEntity, css_class: str) -> str:
    name = escape(entity.type or _NO_TYPE)
    probability = f"{entity.probability:.2f}"
    return (
        f'<mark class="{css_class}" data-type="{name}" '
        f'data-p="{probability}" title="{name}, probability {probability}">'
        f"{escape(entity.surface)}</mark>"
    )
