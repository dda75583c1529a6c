"""ChemProt's original files -> documents (BioCreative VI; DrugProt's, too).

Three files for a split, tabs between columns, no header:
`*_abstracts.tsv` (document, title, abstract), `*_entities.tsv` (document,
entity, type, start, end, text), and `*_relations.tsv` (document, group,
evaluated, type, Arg1:T1, Arg2:T2) or `*_gold_standard.tsv` (document, group,
Arg1:T1, Arg2:T2). Offsets count the title, one character, the abstract.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator
from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError
from preprocessing.relations.document import (
    Entity,
    Place,
    Relation,
    RelationDocument,
    check_arguments,
    has_text,
    trimmed_fragments,
)
from preprocessing.relations.labels import CHEMPROT
from preprocessing.relations.pairs import PairRule
from preprocessing.relations.sentences import split_sentences

PAIR_RULE = PairRule(types=(("CHEMICAL", "GENE"),))
NEGATIVE_LABEL = CHEMPROT[-1]
# "evaluated": the five groups that are scored; "groups": all; "fine": the
# types of the five ("INHIBITOR"), thirteen, as SciBERT's file has them.
LABEL_KINDS = ("evaluated", "groups", "fine")
_EVALUATED = frozenset(CHEMPROT[:-1])
_GROUP = "CPR:"


@dataclass(frozen=True)
class ChemProtFiles:
    """The files of one split; None = no gold relations."""

    abstracts: str
    entities: str
    relations: str | None


@dataclass(frozen=True)
class _Row:
    cells: list[str]
    place: Place


def read_chemprot(
    source: ChemProtFiles, *, labels: str = "evaluated"
) -> Iterator[RelationDocument]:
    """Yields a split's documents in the order of the abstracts.

    Entities and relations are kept as rows by document, since nothing says
    that the files have one order; texts come one after the other.

    Args:
      source: paths.
      labels: one of LABEL_KINDS.

    Raises:
      InputError: a row that cannot be read or fits to no document.
    """
    entities = _by_document(source.entities, widths=(6,))
    relations = _by_document(source.relations, widths=(4, 6))
    seen = set()
    for row in _rows(source.abstracts, widths=(2, 3)):
        name = row.cells[0]
        if name in seen:
            raise _bad_row(row, "a document is there twice", "its first row")
        seen.add(name)
        yield _document(
            row,
            entities.pop(name, []),
            relations=relations.pop(name, []),
            labels=labels,
        )
    for rest in (*entities.values(), *relations.values()):
        raise _bad_row(
            rest[0],
            "a row belongs to no abstract",
            f"a document of {source.abstracts}",
        )


def _document(
    row: _Row, entity_rows: list[_Row], *, relations: list[_Row], labels: str
) -> RelationDocument:
    name, title, *abstract = row.cells
    # One character between them, whichever: a line feed ends a sentence.
    text = "\n".join([title, *abstract])
    sections = [(0, len(title)), (len(title) + 1, len(text))]
    entities: dict[str, Entity] = {}
    other_text = 0
    for found in entity_rows:
        entity = _entity(text, found)
        if entity.id in entities:
            raise _bad_row(found, "two entities have one id", "a new one")
        entities[entity.id] = entity
        given = found.cells[5]
        other_text += not has_text(text, entity.fragments, given)
    kept = tuple(entities.values())
    gold = []
    for found in relations:
        relation = _relation(found, labels)
        check_arguments(relation, kept, place=found.place)
        gold.append(relation)
    asked = tuple(relation for relation in gold if relation.label)
    return RelationDocument(
        id=name,
        text=text,
        sentences=split_sentences(text, kept, sections=sections),
        entities=kept,
        relations=asked,
        source=name,
        not_asked=len(gold) - len(asked),
        other_text=other_text,
    )


def _entity(text: str, row: _Row) -> Entity:
    _, name, kind, *span, _ = row.cells
    try:
        start, end = map(int, span)
    except ValueError:
        # Not `from` it: int() says what it was given, which may be text.
        raise _bad_row(row, "an offset is no number", "start, end") from None
    if kind.startswith("GENE"):
        kind = "GENE"  # GENE-Y and GENE-N: with and without a database entry
    fragments = trimmed_fragments(
        text, [(start, end)], place=row.place, name=name
    )
    return Entity(name, kind, fragments)


def _relation(row: _Row, labels: str) -> Relation:
    """Returns a relation, its label "" where it is not asked for."""
    group, *rest = row.cells[1:]
    kind = rest[1] if len(rest) > 2 else None  # in *_relations.tsv
    first, second = (
        argument.partition(":")[2] if ":" in argument else argument
        for argument in rest[-2:]
    )
    if not group.startswith(_GROUP):
        # DrugProt's file has types, all of them evaluated.
        label = group if labels == "fine" else None
    elif labels == "fine":
        label = kind if group in _EVALUATED else ""
    else:
        label = group if labels == "groups" or group in _EVALUATED else ""
    if label is None:
        has = "groups" if group.startswith(_GROUP) else "types"
        raise _bad_row(
            row,
            f"the file has relations of {has} alone",
            "--labels=fine for types, another value for groups "
            "(*_relations.tsv has both)",
        )
    return Relation(label, first, second)


def _by_document(
    path: str | None, *, widths: tuple[int, ...]
) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = collections.defaultdict(list)
    for row in _rows(path, widths=widths) if path else ():
        found[row.cells[0]].append(row)
    return found


def _rows(path: str, *, widths: tuple[int, ...]) -> Iterator[_Row]:
    """Yields the rows of a file; cells are stripped, texts are not.

    Args:
      path: of the file.
      widths: how many columns a row may have.
    """
    files.check_readable(
        path, what="the corpus file", next_step="check --input"
    )
    with files.open_file(path, "rb") as file:
        for number, data in enumerate(file, 1):
            place = Place(path, number)
            cells = _decoded(data, place).rstrip("\r\n").split("\t")
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) not in widths:
                raise InputError(
                    "wrong number of columns",
                    got=len(cells),
                    expected=" or ".join(map(str, widths)),
                    next_step="check that the file is one of ChemProt's",
                    path=path,
                    line=number,
                )
            if widths[-1] != 3:  # no offsets count these cells
                cells = [cell.strip() for cell in cells]
            yield _Row([cells[0].strip(), *cells[1:]], place)


def _decoded(data: bytes, place: Place) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            "the corpus file is not UTF-8",
            got=f"byte 0x{data[error.start]:02x}",
            expected="UTF-8 text",
            next_step="convert it, for example with "
            "`iconv -f ISO-8859-1 -t UTF-8`",
            path=place.path,
            line=place.line,
        ) from error
    return text.removeprefix("\ufeff") if place.line == 1 else text


def _bad_row(row: _Row, problem: str, expected: str) -> InputError:
    return InputError(
        problem,
        got=f"a row of {len(row.cells)} columns",
        expected=expected,
        next_step="check that the files are of one version and split",
        path=row.place.path,
        line=row.place.line,
    )
