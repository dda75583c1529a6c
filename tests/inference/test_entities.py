import pytest

from inference.documents import Segment, TextBlock
from inference.entities import FoundEntity, entities_of, find_entities
from tests.inference.word_list_tagger import WordListTagger

SEGMENT = Segment(
    "d", 10, "Low  New\nYork fever", ((0, 3), (5, 8), (9, 13), (14, 19))
)


def test_entities_have_the_text_between_their_words():
    tags = ["O", "B-Place", "I-Place", "B-Sign"]
    assert entities_of(SEGMENT, tags, [0.9, 0.5, 0.5, 0.25]) == [
        FoundEntity("d", 15, 23, "New\nYork", "Place", 0.25),
        FoundEntity("d", 24, 29, "fever", "Sign", 0.25),
    ]


def test_tags_without_types_and_stray_ones():
    (found,) = entities_of(SEGMENT, ["O", "I", "I", "O"], [1, 0.5, 1, 1])
    assert (found.surface, found.type, found.probability) == (
        "New\nYork",
        None,
        0.5,
    )
    assert entities_of(SEGMENT, ["O"] * 4, [1.0] * 4) == []


@pytest.mark.parametrize("lengths", [(3, 4), (4, 3), (5, 5)])
def test_each_word_has_a_tag_and_a_probability(lengths):
    tags, probabilities = ["O"] * lengths[0], [1.0] * lengths[1]
    with pytest.raises(ValueError, match="expected 4 of each"):
        entities_of(SEGMENT, tags, probabilities)


def blocks():
    yield TextBlock("empty", 0, "")
    yield TextBlock("a", 0, "No pain. Some pain.\n\n")
    yield TextBlock("a", 21, " \n ")
    yield TextBlock("a", 24, "More pain.")
    yield TextBlock("blank", 0, "\u200b")


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_blocks_come_back_in_order_with_their_entities(batch):
    tagger = WordListTagger({"pain": "Sign"}, batch=batch)
    tagged = list(find_entities(blocks(), tagger))
    assert [t.block for t in tagged] == list(blocks())
    assert [len(t.segments) for t in tagged] == [0, 2, 0, 1, 0]
    assert [[(e.start, e.end) for e in t.entities] for t in tagged] == [
        [],
        [(3, 7), (14, 18)],
        [],
        [(29, 33)],
        [],
    ]


def test_blocks_are_read_no_further_than_the_tagger_asks():
    read = []

    def watched():
        for block in blocks():
            read.append(block)
            yield block

    found = find_entities(watched(), WordListTagger({}))
    assert next(found).block.document == "empty"
    assert len(read) == 2


def test_a_tagger_that_loses_or_makes_sentences_is_refused():
    def makes(segments):
        yield from WordListTagger({})(segments)
        yield [], []

    with pytest.raises(ValueError, match="more sentences"):
        list(find_entities(blocks(), makes))
    with pytest.raises(ValueError, match="fewer sentences"):
        list(find_entities(blocks(), lambda segments: [*segments][:0]))
