"""Documents -> a table of rows, and an account of every gold relation.

A row is "index<TAB>sentence<TAB>label", its index <document>.<arg1>.<arg2>. A
pair with several labels has several rows, as in BLUE. One document is in
memory at a time, and the table appears when all is written.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields

from foundation import files
from foundation.errors import InputError
from preprocessing.relations.document import RelationDocument
from preprocessing.relations.pairs import Pair, PairRule, candidate_pairs
from preprocessing.relations.rows import one_line, row_text

HEADER = ("index", "sentence", "label")
# Above this share of entities whose text is not at their offsets, these are
# of another version of the text: single mistakes are in every corpus.
_MOST_OTHER_TEXT = 0.1


@dataclass(frozen=True)
class TableOptions:
    """What a table is to be.

    Attributes:
      rule: which pairs.
      entity_format: "mask" or "marker".
      negative_label: of a pair without a relation.
    """

    rule: PairRule
    entity_format: str
    negative_label: str


@dataclass
class Account:
    """What was read, written and left out; lines of the printed report."""

    texts: int = 0
    sentences: int = 0
    entities: int = 0
    entities_in_parts: int = 0
    entities_with_other_text: int = 0
    other_annotations: int = 0
    pairs_not_listed: int = 0
    gold_relations: int = 0
    gold_in_the_table: int = 0
    gold_told_twice: int = 0
    gold_without_type: int = 0
    gold_of_labels_not_asked: int = 0
    gold_too_many_sentences_apart: int = 0
    gold_of_types_not_asked: int = 0
    gold_of_an_entity_with_itself: int = 0
    gold_over_sentences_kept: int = 0
    rows: int = 0
    labels: collections.Counter[str] = field(
        default_factory=collections.Counter
    )

    def lines(self) -> Iterator[str]:
        """Yields the report: the counts that are not 0, and the labels'."""
        always = {"texts", "entities", "gold_relations", "gold_in_the_table"}
        for name in (f.name for f in fields(self) if f.name != "labels"):
            value = getattr(self, name)
            if value or name in always:
                yield f"{name.replace('_', ' ')}: {value}"
        for label, count in sorted(self.labels.items()):
            yield f"rows labelled {label}: {count}"

    def add_document(self, document: RelationDocument) -> None:
        """Counts what a document holds."""
        self.texts += 1
        self.sentences += len(document.sentences)
        self.entities += len(document.entities)
        self.entities_in_parts += sum(
            len(entity.fragments) > 1 for entity in document.entities
        )
        self.entities_with_other_text += document.other_text
        self.other_annotations += document.left_out
        self.pairs_not_listed += document.not_listed
        self.gold_relations += len(document.relations) + document.not_asked
        self.gold_of_labels_not_asked += document.not_asked
        self.gold_without_type += document.without_type

    def check(self, path: str) -> None:
        """Raises where the table cannot be right.

        Raises:
          InputError: there are no rows, or the offsets are of another text.
          RuntimeError: a gold relation is in no line of this account.
        """
        most = max(1, _MOST_OTHER_TEXT * self.entities)
        if self.entities_with_other_text > most:
            raise InputError(
                "the entities' offsets do not fit the text",
                got=f"{self.entities_with_other_text} of {self.entities} "
                "entities with other text at their offsets",
                expected="at most one in ten",
                next_step="check that text and annotations are of one version",
                path=path,
            )
        if not self.rows:
            raise InputError(
                "the corpus gives no rows",
                got=f"{self.texts} texts with {self.entities} entities, and "
                "no pair of them",
                expected="at least one pair",
                next_step="check --input, --pair_types and "
                "--max_sentence_distance",
                path=path,
            )
        told = (
            self.gold_in_the_table
            + self.gold_told_twice
            + self.gold_of_labels_not_asked
            + self.gold_too_many_sentences_apart
            + self.gold_of_types_not_asked
            + self.gold_of_an_entity_with_itself
        )
        if told != self.gold_relations:
            raise RuntimeError(f"{told} of {self.gold_relations} relations")


def write_table(
    path: str, documents: Iterable[RelationDocument], options: TableOptions
) -> Account:
    """Writes a table; returns the account of its rows.

    Args:
      path: of the table; replaced in one step.
      documents: read one after the other.
      options: which rows, and how.

    Raises:
      InputError: as the documents' reader, or `Account.check`.
    """
    account = Account()
    with files.write_atomically(path) as file:
        file.write("\t".join(HEADER) + "\n")
        for document in documents:
            account.add_document(document)
            for cells in rows_of(document, options, account=account):
                file.write("\t".join(map(one_line, cells)) + "\n")
        account.check(path)
    return account


def rows_of(
    document: RelationDocument, options: TableOptions, *, account: Account
) -> Iterator[tuple[str, str, str]]:
    """Yields a document's rows: index, sentence, label.

    Args:
      document: with its gold relations.
      options: which rows, and how.
      account: receives the counts.
    """
    rule = options.rule
    gold = _gold_by_pair(document, rule, account)
    for pair in candidate_pairs(document, rule):
        key = rule.key(pair.first.id, pair.second.id)
        labels = gold.pop(key, ())
        account.gold_in_the_table += len(labels)
        if pair.first_sentence != pair.last_sentence:
            account.gold_over_sentences_kept += len(labels)
        text = row_text(document, pair, entity_format=options.entity_format)
        for label in labels or (options.negative_label,):
            account.rows += 1
            account.labels[label] += 1
            yield index_of(document, pair), text, label
    _count_what_is_left(document, gold, options=options, account=account)


def index_of(document: RelationDocument, pair: Pair) -> str:
    """Returns <document>.<arg1>.<arg2>."""
    return f"{document.id}.{pair.first.id}.{pair.second.id}"


def _gold_by_pair(
    document: RelationDocument, rule: PairRule, account: Account
) -> dict[tuple[str, str], list[str]]:
    """Returns the labels of each pair, each once, in the file's order."""
    gold: dict[tuple[str, str], list[str]] = {}
    for relation in document.relations:
        labels = gold.setdefault(rule.key(relation.first, relation.second), [])
        if relation.label in labels:
            account.gold_told_twice += 1
        else:
            labels.append(relation.label)
    return gold


def _count_what_is_left(
    document: RelationDocument,
    gold: dict[tuple[str, str], list[str]],
    *,
    options: TableOptions,
    account: Account,
) -> None:
    """Counts the relations that no candidate pair had, by the reason."""
    types = {entity.id: entity.type for entity in document.entities}
    asked = options.rule.types
    for (first, second), labels in gold.items():
        kinds = {(types[first], types[second])}
        if not options.rule.ordered:
            kinds.add((types[second], types[first]))
        if first == second:
            account.gold_of_an_entity_with_itself += len(labels)
        elif asked and kinds.isdisjoint(asked):
            account.gold_of_types_not_asked += len(labels)
        else:
            account.gold_too_many_sentences_apart += len(labels)
