"""Papers -> the lines of their documents, or the reason why there is none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from preprocessing.literature.article import Article, Section, Text
from preprocessing.sentence_spans import sentence_spans


@dataclass(frozen=True)
class Selection:
    """What is wanted of papers.

    Attributes:
      full_text: the body of a paper, too, where there is one.
      titles: whether a document begins with the title.
      section_labels: whether headings are kept: before the first sentence of
        an abstract's section, a line of their own in a body.
      title_alone: whether a paper without abstract and body is a document.
      languages: of papers, as PubMed has them ("eng"); () = all.
      text_language: of the text: "por" takes what is translated into
        Portuguese; "" = the record's own (in PubMed always English).
      first_year: of publication; None = any.
      last_year: the same.
      retracted: whether retracted papers, and notices of it, are taken.
      compose: whether characters are composed (Unicode's NFC), as those of
        vocabularies are.
    """

    full_text: bool = True
    titles: bool = True
    section_labels: bool = True
    title_alone: bool = False
    languages: tuple[str, ...] = ()
    text_language: str = ""
    first_year: int | None = None
    last_year: int | None = None
    retracted: bool = False
    compose: bool = True


def reason_to_skip(article: Article, wanted: Selection) -> str | None:
    """Returns why a paper makes no document; None: it makes one."""
    if article.is_retracted and not wanted.retracted:
        return "retracted"
    if wanted.languages and not set(article.languages) & set(wanted.languages):
        return "another language"
    return _lack_of_year(article.year, wanted) or _lack_of_text(article, wanted)


def _lack_of_year(year: int | None, wanted: Selection) -> str | None:
    first, last = wanted.first_year, wanted.last_year
    if first is None and last is None:
        return None
    if year is None:
        return "no year"
    is_early = first is not None and year < first
    is_late = last is not None and year > last
    return "another year" if is_early or is_late else None


def _lack_of_text(article: Article, wanted: Selection) -> str | None:
    text = _text_of(article, wanted)
    if text is None:
        return "no text in that language"
    if text.abstract or (text.body and wanted.full_text):
        return None
    if wanted.title_alone and wanted.titles and text.title:
        return None
    return "no abstract"


def document_lines(article: Article, wanted: Selection) -> list[str]:
    """Returns the sentences of a paper that is not skipped, at least one."""
    text = _text_of(article, wanted) or Text()
    lines: list[str] = []
    if wanted.titles and text.title:
        lines.append(text.title)
    for section in text.abstract:
        lines += _abstract_lines(section, wanted)
    if wanted.full_text:
        for section in text.body:
            if wanted.section_labels and section.label:
                lines.append(section.label)
            for paragraph in section.paragraphs:
                lines += _sentences(paragraph)
    if wanted.compose:
        return [unicodedata.normalize("NFC", line) for line in lines]
    return lines


def _text_of(article: Article, wanted: Selection) -> Text | None:
    if wanted.text_language:
        return article.texts.get(wanted.text_language)
    return next(iter(article.texts.values()), None)


def _abstract_lines(section: Section, wanted: Selection) -> Iterator[str]:
    """Yields sentences, the first with its label: "METHODS: We ..."."""
    label = section.label if wanted.section_labels else ""
    for paragraph in section.paragraphs:
        for sentence in _sentences(paragraph):
            yield f"{label}: {sentence}" if label else sentence
            label = ""


def _sentences(paragraph: str) -> list[str]:
    return [paragraph[start:end] for start, end in sentence_spans(paragraph)]
