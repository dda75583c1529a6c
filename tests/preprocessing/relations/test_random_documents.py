"""A thousand random documents: no relation is lost, no mention moves."""

from __future__ import annotations

import collections
import random

import pytest

from preprocessing.entity_markers import MARKERS, marked_pair
from preprocessing.marked_tokenizer import mark_entities
from preprocessing.relations.document import (
    Entity,
    Relation,
    RelationDocument,
)
from preprocessing.relations.pairs import PairRule
from preprocessing.relations.rows import one_line
from preprocessing.relations.sentences import split_sentences
from preprocessing.relations.tables import Account, TableOptions, rows_of
from preprocessing.tokenization import load_sentencepiece, load_wordpiece

TEXT = """The A a inhibits (p53) IL-2 e.g. Fig. 2 vs. naïve β-catenin 😀 don't
    [E1] [/E2] @GENE$ << >> [[ ]] 5.0 mg/kg COX-1/2 x y z. End. Next! Why? In
    """
WORDS = TEXT.split()
SPACES = [" ", " ", " ", " ", "  ", "\n", "\r\n", "\t", "\u2028", "\u00a0"]
KINDS = ("CHEMICAL", "GENE", "Drug")
RULES = (
    PairRule((("CHEMICAL", "GENE"),)),
    PairRule(),
    PairRule(ordered=True, max_sentence_distance=1),
    PairRule((("GENE", "GENE"), ("Drug", "GENE")), max_sentence_distance=-1),
)


def random_document(drawn, number):
    parts = []
    for _ in range(drawn.randint(1, 60)):
        parts += [drawn.choice(WORDS), drawn.choice(SPACES)]
    text = "".join(parts)
    entities = []
    for n in range(drawn.randint(0, 7)):
        start = drawn.randrange(len(text))
        end = min(len(text), start + drawn.randint(1, 12))
        found = text[start:end]
        if found.strip():
            start += len(found) - len(found.lstrip())
            end -= len(found) - len(found.rstrip())
            kind = drawn.choice(KINDS)
            entities.append(Entity(f"T{n}", kind, ((start, end),)))
    relations = [
        Relation(
            drawn.choice("xyz"),
            drawn.choice(entities).id,
            drawn.choice(entities).id,
        )
        for _ in range(drawn.randint(0, 6) if entities else 0)
    ]
    return RelationDocument(
        id=f"d{number}",
        text=text,
        sentences=split_sentences(text, entities),
        entities=tuple(entities),
        relations=tuple(relations),
        source=f"d{number}",
    )


@pytest.fixture(scope="module")
def documents():
    drawn = random.Random(34)
    return [random_document(drawn, number) for number in range(1000)]


@pytest.fixture(scope="module")
def tokenizers(golden_dir, tmp_path_factory):
    folder = golden_dir / "tokenization"
    pieces = (folder / "vocab_uncased_2k.txt").read_text("utf-8").split("\n")
    unused = [f"[unused{n}]" for n in range(6)]
    vocabulary = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    vocabulary.write_text(
        "\n".join([*pieces[:1], *unused, *pieces[1:]]), encoding="utf-8"
    )
    return [
        mark_entities(load_wordpiece(str(vocabulary), lower_case=True)),
        mark_entities(
            load_sentencepiece(str(folder / "spm_2k.model"), lower_case=True)
        ),
    ]


def test_sentences_hold_all_text_and_cut_no_entity(documents):
    for document in documents:
        joined = "".join(
            document.text[start:end] for start, end in document.sentences
        )
        assert "".join(joined.split()) == "".join(document.text.split())
        for entity in document.entities:
            (start, end) = entity.span
            homes = [
                a <= start and end <= b for a, b in document.sentences
            ].count(True)
            assert homes == 1


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("entity_format", ["mask", "marker"])
def test_every_gold_relation_is_once_in_the_table_or_counted(
    documents, rule, entity_format
):
    options = TableOptions(rule, entity_format, "none")
    account = Account()
    for document in documents:
        account.add_document(document)
        rows = list(rows_of(document, options, account=account))
        found = collections.Counter(
            (rule.key(*index.split(".")[1:]), label) for index, _, label in rows
        )
        assert max(found.values(), default=1) == 1
        gold = {
            (rule.key(r.first, r.second), r.label) for r in document.relations
        }
        positive = {key for key in found if key[1] != "none"}
        assert positive <= gold
        by_id = {e.id: e for e in document.entities}
        for (first, second), _ in gold - positive:
            assert not is_asked(document, by_id, rule, (first, second))
    account.check("x.tsv")
    assert account.gold_in_the_table > 0


def is_asked(document, by_id, rule, ids):
    """Whether a pair is asked for, worked out in another way."""
    a, b = (by_id[i] for i in ids)
    kinds = {(a.type, b.type)}
    if not rule.ordered:
        kinds.add((b.type, a.type))
    if a is b or (rule.types and not kinds & set(rule.types)):
        return False
    homes = [
        sum(start <= e.span[0] for start, _ in document.sentences)
        for e in (a, b)
    ]
    limit = rule.max_sentence_distance
    return limit < 0 or abs(homes[0] - homes[1]) <= limit


@pytest.mark.parametrize("rule", RULES)
def test_mentions_are_found_again_and_markers_are_one_piece(
    documents, tokenizers, rule
):
    options = TableOptions(rule, "marker", "none")
    num_rows = 0
    for document in documents:
        by_id = {e.id: e for e in document.entities}
        rows = list(rows_of(document, options, account=Account()))
        for index, text, _ in rows:
            pair = marked_pair(text)
            for name, span in zip(
                index.split(".")[1:], (pair.first, pair.second), strict=True
            ):
                mention = document.text[slice(*by_id[name].span)]
                # But for spaces, which text that reads as a marker gets.
                found = pair.text[slice(*span)]
                assert squeezed(found) == squeezed(one_line(mention))
            assert not {"\n", "\r", "\t"} & set(text)
        num_rows += len(rows)
        texts = [text for _, text, _ in rows]
        for tokenizer in tokenizers:
            for ids in tokenizer.encode_lines(texts):
                counts = [
                    ids.count(tokenizer.marker_ids[marker])
                    for marker in MARKERS
                ]
                assert counts == [1, 1, 1, 1]
    assert num_rows > 200


def squeezed(text):
    return "".join(text.split())
