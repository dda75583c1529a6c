"""DDI-2013's XML files -> documents, one for each sentence.

<sentence id text> holds <entity id charOffset type text>, where an end is the
last character's offset and parts of one entity are separated by ";", and
<pair id e1 e2 ddi type> for every two entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

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
from preprocessing.relations.labels import DDI, DDI_PREFIX, find_label
from preprocessing.relations.pairs import PairRule

PAIR_RULE = PairRule()  # the file lists the pairs
NEGATIVE_LABEL = DDI[-1]
# An interaction of which nothing else is said: what a missing type says.
_NO_TYPE = "int"
_OFFSETS = re.compile(r"\d+-\d+(?:;\d+-\d+)*")


def read_ddi(paths: Iterable[str]) -> Iterator[RelationDocument]:
    """Yields the sentences of XML files, file by file.

    Raises:
      InputError: no XML, or not DDI-2013's; text is not shown.
    """
    for path in paths:
        files.check_readable(
            path, what="the corpus file", next_step="check --input"
        )
        try:
            root = ElementTree.fromstring(files.read_bytes(path))
        except ElementTree.ParseError as error:
            raise InputError(
                "the file is not XML",
                got=ElementTree.ParseError.__name__,
                expected="a file of the DDI-2013 corpus",
                next_step="restore the file",
                path=path,
                line=error.position[0],
            ) from None  # the parser says the name of an unknown entity
        for sentence in root.iter("sentence"):
            yield _document(sentence, path, source=root.get("id", path))


def _document(
    element: ElementTree.Element, path: str, *, source: str
) -> RelationDocument:
    name, text = _get(element, "id", path), _get(element, "text", path)
    place = Place(path)
    entities, other_text = [], 0
    for found in element.iter("entity"):
        entity = _entity(found, text, name, path=path)
        entities.append(entity)
        surface = found.get("text", "")
        other_text += not has_text(text, entity.fragments, surface)
    _check_new([entity.id for entity in entities], "entities", path=path)
    pairs, relations, without_type = [], [], 0
    for found in element.iter("pair"):
        ids = [_short(_get(found, key, path), name) for key in ("e1", "e2")]
        label = _label(found, path)
        relation = Relation(label, ids[0], ids[1])
        check_arguments(relation, entities, place=place)
        pairs.append((ids[0], ids[1]))
        if label != NEGATIVE_LABEL:
            relations.append(relation)
            without_type += not found.get("type", "").strip()
    _check_new([" ".join(sorted(pair)) for pair in pairs], "pairs", path=path)
    size = len(entities)
    return RelationDocument(
        id=name,
        text=text,
        sentences=((0, len(text)),),
        entities=tuple(entities),
        relations=tuple(relations),
        source=source,
        pairs=tuple(pairs),
        other_text=other_text,
        without_type=without_type,
        not_listed=max(0, size * (size - 1) // 2 - len(pairs)),
    )


def _entity(
    element: ElementTree.Element, text: str, sentence: str, *, path: str
) -> Entity:
    offsets = _get(element, "charOffset", path).replace(" ", "")
    name = _short(_get(element, "id", path), sentence)
    if _OFFSETS.fullmatch(offsets) is None:
        raise _bad_file(path, f"charOffset of {sentence}", "as in 0-6;10-14")
    spans = [part.split("-") for part in offsets.split(";")]
    fragments = trimmed_fragments(
        text,
        [(int(start), int(last) + 1) for start, last in spans],
        place=Place(path),
        name=f"{sentence}.{name}",
    )
    return Entity(name, _get(element, "type", path), fragments)


def _label(element: ElementTree.Element, path: str) -> str:
    is_one = _get(element, "ddi", path).strip().lower()
    if is_one == "false":
        return NEGATIVE_LABEL
    kind = element.get("type", "").strip() or _NO_TYPE
    label = find_label(kind, DDI[:-1])
    if is_one != "true" or label is None:
        raise _bad_file(
            path,
            'a pair\'s attributes "ddi" and "type"',
            'ddi "true" or "false", type '
            + ", ".join(label.removeprefix(DDI_PREFIX) for label in DDI[:-1]),
        )
    return label


def _get(element: ElementTree.Element, key: str, path: str) -> str:
    value = element.get(key)
    if value is None:
        raise _bad_file(
            path, f'<{element.tag}> without "{key}"', "DDI-2013's attributes"
        )
    return value


def _short(name: str, sentence: str) -> str:
    """Returns "e0" for DDI-DrugBank.d1.s2.e0 in DDI-DrugBank.d1.s2."""
    return name.removeprefix(f"{sentence}.")


def _check_new(names: list[str], what: str, *, path: str) -> None:
    if len(set(names)) != len(names):
        raise _bad_file(path, f"two {what} alike in one sentence", "each once")


def _bad_file(path: str, got: str, expected: str) -> InputError:
    return InputError(
        "the file is not one of DDI-2013's",
        got=got,
        expected=expected,
        next_step="restore the file",
        path=path,
    )
