"""JATS, the XML of PubMed Central and of SciELO -> papers with full text.

Elements are those of the Journal Archiving and Interchange Tag Set
(jats.nlm.nih.gov/archiving).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from preprocessing.literature.article import (
    Article,
    Section,
    Text,
    language_code,
    other_key,
    pmc_key,
)
from preprocessing.literature.xml_text import (
    blocks_of,
    local_name,
    plain,
    text_of,
)

RECORDS = frozenset({"article"})
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_PMC = ("pmc", "pmcid")
_OTHER_IDS = ("pmid", "doi", "publisher-id")
_KINDS_OF_ABSTRACT = ("", "abstract", "section")  # no teasers, no graphics
# JATS marks no paper as withdrawn: publishers change the title.
_WITHDRAWN = re.compile(r"\[?(?:RETRACTED|WITHDRAWN|Retract(?:ed|ion))\b")


def read_article(record: Element, *, where: str) -> Article | None:
    """Returns the paper of an <article>; None where it has no <article-meta>.

    Args:
      record: the element.
      where: tells a paper without any identifier from others.
    """
    meta = _first(record, "front", "article-meta")
    if meta is None:
        return None
    language = language_code(record.get(_LANGUAGE) or "en")
    body = _first(record, "body")
    own = Text(
        text_of(_first(meta, "title-group", "article-title")),
        _abstract(meta, "abstract"),
        _sections(body) if body is not None else (),
    )
    texts = {language: own}
    _add_translations(texts, meta)
    kind = record.get("article-type", "")
    return Article(
        _key(meta, where),
        (language,),
        _year(meta),
        kind == "retraction" or _WITHDRAWN.match(own.title) is not None,
        texts=texts,
    )


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if local_name(child) == name)


def _first(element: Element, *names: str) -> Element | None:
    """Returns the first child of a child of ..., whatever their namespace."""
    found: Element | None = element
    for name in names:
        if found is None:
            return None
        found = next(_children(found, name), None)
    return found


def _key(meta: Element, where: str) -> int:
    ids = {
        child.get("pub-id-type", ""): plain(child.text)
        for child in _children(meta, "article-id")
    }
    for kind in _PMC:
        number = ids.get(kind, "").upper().removeprefix("PMC")
        if number.isdecimal():
            return pmc_key(int(number))
    for kind in _OTHER_IDS:
        if ids.get(kind):
            return other_key(f"{kind}:{ids[kind].lower()}")
    return other_key(f"file:{where}")


def _year(meta: Element) -> int | None:
    years = [
        plain(year.text)
        for date in _children(meta, "pub-date")
        for year in _children(date, "year")
    ]
    return min((int(y) for y in years if y.isdecimal()), default=None)


def _abstract(
    meta: Element, name: str, *, language: str | None = None
) -> tuple[Section, ...]:
    for element in _children(meta, name):
        if language and element.get(_LANGUAGE) != language:
            continue
        if element.get("abstract-type", "").lower() in _KINDS_OF_ABSTRACT:
            sections = _sections(element)
            if sections:
                return sections
    return ()


def _sections(element: Element) -> tuple[Section, ...]:
    """Returns text by headings; deeper sections follow in order."""
    sections: list[Section] = []
    label, paragraphs = "", list[str]()
    for block in blocks_of(element):
        if not block.is_heading:
            paragraphs.append(block.text)
            continue
        if paragraphs or label:
            sections.append(Section(label, tuple(paragraphs)))
        label, paragraphs = block.text.rstrip(": "), []
    if paragraphs:
        sections.append(Section(label, tuple(paragraphs)))
    return _without_own_name(sections)


def _without_own_name(sections: list[Section]) -> tuple[Section, ...]:
    """Drops the heading "Abstract" of an abstract, which says nothing."""
    if sections and sections[0].label.lower() in {"abstract", "resumo"}:
        first = Section("", sections[0].paragraphs)
        sections = [first, *sections[1:]] if first.paragraphs else sections[1:]
    return tuple(sections)


def _add_translations(texts: dict[str, Text], meta: Element) -> None:
    titles: dict[str, str] = {}
    group = _first(meta, "title-group")
    for translated in (
        _children(group, "trans-title-group") if (group is not None) else ()
    ):
        name = translated.get(_LANGUAGE)
        if name:
            titles[name] = text_of(_first(translated, "trans-title"))
    names = [e.get(_LANGUAGE) for e in _children(meta, "trans-abstract")]
    for name in dict.fromkeys([*titles, *filter(None, names)]):
        abstract = _abstract(meta, "trans-abstract", language=name)
        text = Text(titles.get(name, ""), abstract)
        texts.setdefault(language_code(name), text)
