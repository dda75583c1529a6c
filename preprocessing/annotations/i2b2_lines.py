"""i2b2's .con (2010) and .extent (2012) files: a line an annotation.

  c="chest pain" 12:3 12:4||t="problem"
  EVENT="Admission" 1:0 1:0||type="OCCURRENCE"||modality="FACTUAL"||...
  TIMEX3="10/12" 2:0 2:0||type="DATE"||val="..."||mod="NA"

Positions are line:token of the text beside it (`line_tokens.py`). A time is of
type "TIMEX3-" and its type; of lines of other kinds (SECTIME) the number is
told. Written are token positions, which is all that these files can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError
from preprocessing.annotations.document import (
    OTHER_KINDS,
    Account,
    AnnotatedDocument,
    Mention,
    SurfaceCheck,
    surface_of,
)
from preprocessing.annotations.inputs import Source
from preprocessing.annotations.line_tokens import LineTokens
from preprocessing.relations.brat import exact_text
from preprocessing.relations.document import Place

TIME_PREFIX = "TIMEX3-"
WIDENED = "written widened to whole tokens"

_LINE = re.compile(
    r'(\w+)="(.*)" (\d+):(\d+) (\d+):(\d+)\|\|(\w+="[^"]*"(?:\|\|\w+="[^"]*")*)'
)
_FIELD = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class LineFormat:
    """How one of the two writes a line.

    Attributes:
      name: of its attributes.
      keys: what a line of a mention may begin with.
      type_field: the field of the type.
      defaults: fields that a line must have, where nothing is known of them.
      lower_case: whether the text is written in lower case.
    """

    name: str
    keys: tuple[str, ...]
    type_field: str
    defaults: tuple[tuple[str, str], ...]
    lower_case: bool


CONCEPTS = LineFormat("i2b2_2010", ("c",), "t", (), lower_case=True)
# What most events are, by i2b2's guidelines: they happened.
EVENTS = LineFormat(
    "i2b2_2012",
    ("EVENT", "TIMEX3"),
    "type",
    (("modality", "FACTUAL"), ("polarity", "POS")),
    lower_case=False,
)


def read_lines(
    source: Source, form: LineFormat, *, mismatches: str, account: Account
) -> Iterator[AnnotatedDocument]:
    """Yields the one document of a text and its lines.

    Raises:
      InputError: a line that cannot be read, or that names no token of the
        text, or another text than stands there; text is not shown.
    """
    text = exact_text(source.text_path)
    check = SurfaceCheck(mismatches, account, ignores_case=True)
    tokens, mentions = LineTokens(text), []
    for number, line in enumerate(_annotation_lines(source.path), 1):
        place = Place(source.path, number)
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        fields = dict(_FIELD.findall(match[7])) if match else {}
        if match is None or form.type_field not in fields:
            raise _bad_line(line, form, place=place)
        if match[1] not in form.keys:
            account[OTHER_KINDS] += 1
            continue
        first, last = ((int(match[i]), int(match[i + 1])) for i in (3, 5))
        span = tokens.span(first, last)
        if span is None:
            raise _no_token(place)
        parts = check.checked(text, [span], match[2], place=place)
        kind = fields.pop(form.type_field)
        if match[1] == "TIMEX3":
            kind = TIME_PREFIX + kind
        name = f"{match[1]}{number}"
        mentions.append(Mention(name, kind, parts, {form.name: fields}))
    yield AnnotatedDocument(source.id, text, tuple(mentions))


def _annotation_lines(path: str) -> list[str]:
    if files.exists(path) and not files.size_of(path):
        return []  # a note without annotations
    text = files.read_text(
        path, what="the file of annotations", next_step="check --input"
    )
    return text.split("\n")


def lines_of(
    document: AnnotatedDocument, form: LineFormat, *, account: Account
) -> list[str]:
    """Returns the lines of a document's mentions, each of one part."""
    tokens = LineTokens(document.text)
    return [
        _line(document.text, mention, form, tokens=tokens, account=account)
        for mention in document.mentions
    ]


def _line(
    text: str,
    mention: Mention,
    form: LineFormat,
    *,
    tokens: LineTokens,
    account: Account,
) -> str:
    widened = tokens.widened(mention.whole)
    if widened is None:  # of white space alone: readers refuse such
        raise ValueError(f"mention {mention.id}: no token in it")
    first, last = widened
    span = tokens.span(first, last)
    if span is not None and span != mention.whole:
        account[WIDENED] += 1
    surface = surface_of(text, [span or mention.whole])
    kind, key = mention.type, form.keys[0]
    if "TIMEX3" in form.keys and kind.startswith(TIME_PREFIX):
        kind, key = kind.removeprefix(TIME_PREFIX), "TIMEX3"
    fields = {form.type_field: kind}
    if key == "EVENT":
        fields |= dict(form.defaults)
    fields |= mention.attributes.get(form.name, {})
    shown = "||".join(f'{name}="{value}"' for name, value in fields.items())
    where = f"{first[0]}:{first[1]} {last[0]}:{last[1]}"
    surface = surface.lower() if form.lower_case else surface
    return f'{key}="{surface}" {where}||{shown}'


def line_spans(text: str) -> list[tuple[int, int]]:
    """Returns the lines of a text that are not blank, as sentences."""
    return LineTokens(text).lines()


def _bad_line(line: str, form: LineFormat, *, place: Place) -> InputError:
    return InputError(
        "the line is no annotation of this format",
        got=f"{len(line)} characters",
        expected=f'{form.keys[0]}="text" line:token line:token||'
        f'{form.type_field}="type"',
        next_step="check --from_format, or mend the line",
        path=place.path,
        line=place.line,
    )


def _no_token(place: Place) -> InputError:
    return InputError(
        "the annotation names tokens that the text has not",
        got="a line or token beyond the text, or an end before its start",
        expected="line:token of its text, lines from 1, tokens from 0",
        next_step="check that text and annotations are of one version",
        path=place.path,
        line=place.line,
    )
