"""PubMed's XML (baseline, updates, efetch) -> papers.

Elements are those of pubmed_250101.dtd; what they mean is told at
www.nlm.nih.gov/bsd/licensee/elements_descriptions.html.
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
    pubmed_key,
)
from preprocessing.literature.xml_text import plain, text_of

RECORDS = frozenset({"PubmedArticle", "PubmedBookArticle"})
DELETIONS = "DeleteCitation"
_ENGLISH = "eng"  # of ArticleTitle and Abstract, whatever the paper's is

_RETRACTED = frozenset(
    {
        "retracted publication",
        "retraction of publication",
        "retraction notice",
    }
)
# Of records from before 2000, at their end.
_TRUNCATED = re.compile(
    r"\s*\(ABSTRACT TRUNCATED(?: AT \d+ WORDS)?\)\s*\Z", re.IGNORECASE
)
# Titles translated by NLM stand in brackets: [Effect of ...].
_TRANSLATED = re.compile(r"\[(.*)\]\.?\Z", re.DOTALL)
_OF_AUTHORS = re.compile(r"\s*\(author's transl\)", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"\[?(?:not available|in process citation)\]?\.?", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:1[6-9]|2\d)\d\d\b")


def read_article(record: Element) -> Article | None:
    """Returns the paper of a PubmedArticle or PubmedBookArticle.

    None where it has no PMID.
    """
    citation = record.find("MedlineCitation")
    if citation is None:
        citation = record.find("BookDocument")
    number = plain(citation.findtext("PMID")) if citation is not None else ""
    if citation is None or not number.isdecimal():
        return None
    article = citation.find("Article")
    if article is None:
        article = citation  # a book has the same elements, one level higher
    languages = tuple(
        language_code(e.text or "") for e in article.iterfind("Language")
    )
    abstract, is_truncated = _abstract(article.find("Abstract"))
    texts = {_ENGLISH: Text(_title(article), abstract)}
    _add_translations(texts, citation, article, languages=languages)
    return Article(
        pubmed_key(int(number)),
        languages,
        _year(article),
        _is_retracted(citation, article),
        is_truncated,
        texts,
    )


def deleted_keys(record: Element) -> Iterator[int]:
    """Yields the keys of the papers that a DeleteCitation takes away."""
    for element in record.iterfind("PMID"):
        number = plain(element.text)
        if number.isdecimal():
            yield pubmed_key(int(number))


def _title(article: Element) -> str:
    element = article.find("ArticleTitle")
    if element is None:
        element = article.find("Book/BookTitle")
    title = _OF_AUTHORS.sub("", text_of(element))
    if _NO_TITLE.fullmatch(title):
        return ""
    translated = _TRANSLATED.fullmatch(title)
    return translated[1].strip() if translated else title


def _abstract(element: Element | None) -> tuple[tuple[Section, ...], bool]:
    """Returns the sections that have text, and whether PubMed cut the last."""
    sections = []
    is_truncated = False
    for part in element.iterfind("AbstractText") if element is not None else ():
        text = text_of(part)
        is_truncated = is_truncated or bool(_TRUNCATED.search(text))
        text = _TRUNCATED.sub("", text)
        if text:
            label = plain(part.get("Label"))
            sections.append(Section(_without_colon(label), (text,)))
    return tuple(sections), is_truncated


def _without_colon(label: str) -> str:
    # NLM's own stand-in where a section has no heading.
    return "" if label.upper() == "UNLABELLED" else label.rstrip(": ")


def _add_translations(
    texts: dict[str, Text],
    citation: Element,
    article: Element,
    *,
    languages: tuple[str, ...],
) -> None:
    """Adds titles and abstracts in other languages, or missing ones."""
    vernacular = text_of(article.find("VernacularTitle"))
    others = [code for code in languages if code != _ENGLISH]
    if vernacular and others:
        texts[others[0]] = Text(vernacular)
    for element in citation.iterfind("OtherAbstract"):
        if element.get("Type") == "plain-language-summary":
            continue
        code = language_code(element.get("Language") or _ENGLISH)
        known = texts.get(code, Text())
        if not known.abstract:
            texts[code] = Text(known.title, _abstract(element)[0])


def _year(article: Element) -> int | None:
    for place in (
        "Journal/JournalIssue/PubDate",
        "ArticleDate",
        "Book/PubDate",
        "ContributionDate",
    ):
        element = article.find(place)
        match = _YEAR.search(text_of(element).replace("-", " "))
        if match:
            return int(match[0])
    return None


def _is_retracted(citation: Element, article: Element) -> bool:
    kinds = article.iterfind("PublicationTypeList/PublicationType")
    if any(plain(kind.text).lower() in _RETRACTED for kind in kinds):
        return True
    links = citation.iterfind("CommentsCorrectionsList/CommentsCorrections")
    return any(link.get("RefType") == "RetractionIn" for link in links)
