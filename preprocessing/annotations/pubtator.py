"""PubTator: title, abstract and annotations of papers, in one file.

  9892355|t|Contralateral masking
  9892355|a|Previous research ...
  9892355<tab>0<tab>21<tab>Contralateral masking<tab>Disease<tab>D003638

Offsets count from the title's start; one character is between title and
abstract. A blank line ends a paper. Lines of relations (three or four columns,
the second no number) are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from foundation import files
from foundation.errors import InputError
from preprocessing.annotations.document import (
    BREAKS,
    OTHER_KINDS,
    Account,
    AnnotatedDocument,
    Mention,
    SurfaceCheck,
)
from preprocessing.annotations.inputs import Source
from preprocessing.relations.document import Place

_NAME = "pubtator"  # of its attributes
_TEXT = re.compile(r"([^|\t]+)\|([ta])\|(.*)")
_BREAK = re.compile("[\r\n]")


@dataclass
class _Paper:
    """A paper whose lines are being read."""

    id: str
    title: str | None = None
    abstract: str | None = None
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def read_pubtator(
    source: Source, *, mismatches: str, account: Account
) -> Iterator[AnnotatedDocument]:
    """Yields the papers of a file.

    Raises:
      InputError: a line that cannot be read, or annotations of another text
        or paper; text is not shown.
    """
    check = SurfaceCheck(mismatches, account)
    for paper in _papers(source.path):
        yield _document(paper, check, path=source.path)


def _papers(path: str) -> Iterator[_Paper]:
    text = files.read_text(
        path, what="the corpus file", next_step="check --input"
    )
    paper: _Paper | None = None
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if not line.strip():
            continue
        match = _TEXT.fullmatch(line)
        name = match[1] if match else line.partition("\t")[0]
        if paper is None or paper.id != name:
            if match is None:
                raise _bad_line(path, number, "an annotation before its title")
            if paper is not None:
                yield paper
            paper = _Paper(name)
        if match is None:
            paper.rows.append((number, line.split("\t")))
        elif match[2] == "t" and paper.title is None:
            paper.title = match[3]
        elif match[2] == "a" and paper.abstract is None:
            paper.abstract = match[3]
        else:
            raise _bad_line(path, number, "a title or abstract told twice")
    if paper is not None:
        yield paper


def _document(
    paper: _Paper, check: SurfaceCheck, *, path: str
) -> AnnotatedDocument:
    title, abstract = paper.title or "", paper.abstract or ""
    # A line end where PubTator counts one character: no sentence goes over it.
    text = f"{title}\n{abstract}"
    mentions: list[Mention] = []
    for line, cells in paper.rows:
        if len(cells) < 5 and not cells[1].isdigit():
            check.account[OTHER_KINDS] += 1
            continue
        try:
            span = int(cells[1]), int(cells[2])
            surface, kind = cells[3], cells[4]
        except (ValueError, IndexError):
            # Not `from` it: int() says what it was given, which may be text.
            raise _bad_line(path, line, f"{len(cells)} columns") from None
        parts = check.checked(text, [span], surface, place=Place(path, line))
        mentions.append(
            Mention(f"{len(mentions)}", kind, parts, {_NAME: cells[5:]})
        )
    sections = ((0, len(title)), (len(title) + 1, len(text)))
    kept = tuple(section for section in sections if section[0] < section[1])
    return AnnotatedDocument(paper.id, text, tuple(mentions), kept)


def _bad_line(path: str, line: int, got: str) -> InputError:
    return InputError(
        "the line is not PubTator's",
        got=got,
        expected="id|t|title, id|a|abstract, or id, start, end, text, type "
        "and identifier between tabs",
        next_step="check --from_format, or mend the line",
        path=path,
        line=line,
    )


def lines_of(document: AnnotatedDocument, *, account: Account) -> list[str]:
    """Returns the lines of a paper, each mention of one part.

    The title is the first section, or else the first line. Line ends become
    blanks, so that offsets stay.

    Raises:
      InputError: an id that would not be read back.
    """
    if re.search(r"[|\t\r\n]", document.id) or not document.id.strip():
        raise InputError(
            "the document's name cannot be PubTator's",
            got="a bar, a tab or a line end in it, or no name",
            expected="an identifier",
            next_step="choose another --to_format",
        )
    text = document.text
    cut = text.find("\n")
    if document.sections and document.sections[0][0] == 0:
        cut = document.sections[0][1]
    cut = len(text) if cut < 0 else cut
    title, abstract = text[:cut], text[cut + 1 :]
    account[BREAKS] += len(_BREAK.findall(title + abstract))
    lines = [
        f"{document.id}|t|{_BREAK.sub(' ', title)}",
        f"{document.id}|a|{_BREAK.sub(' ', abstract)}",
    ]
    for mention in document.mentions:
        start, end = mention.whole
        surface = re.sub("[\t\r\n]", " ", text[start:end])
        rest = mention.attributes.get(_NAME, [""])
        cells = (document.id, start, end, surface, mention.type, *rest)
        lines.append("\t".join(map(str, cells)))
    return [*lines, ""]
