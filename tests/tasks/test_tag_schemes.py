import random

import pytest

from evaluation.entities import lenient_entities, strict_entities
from foundation.errors import InputError
from tasks.readers import TaggedSentence
from tasks.tag_schemes import (
    check_tags,
    is_typed,
    normalize_tags,
    summarize_scheme,
    to_iob2,
)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O B-X I-X O", "O B-X I-X O"),  # IOB2
        ("I-X I-X B-X I-Y O I-X", "B-X I-X B-X B-Y O B-X"),  # IOB1
        ("S-X B-X I-X E-X S-X S-X", "B-X B-X I-X I-X B-X B-X"),  # IOBES
        ("B-X E-X E-X B-X", "B-X I-X B-X B-X"),
        ("U-X B-X I-X L-X O", "B-X B-X I-X I-X O"),  # BILOU
        ("W-X B-X M-X E-X", "B-X B-X I-X I-X"),  # BMEWO
        ("I I O B B I", "B I O B B I"),  # without types
        ("S B E O", "B B I O"),
        ("B-X I-Y I-X", "B-X B-Y B-X"),  # a type change splits
        ("S-X I-X", "B-X B-X"),
        ("O-X B-a-b I-a-b", "O B-a-b I-a-b"),
    ],
)
def test_to_iob2(tags, expected):
    assert to_iob2(tags.split()) == expected.split()


@pytest.mark.parametrize(
    "tags", [["O", "B", "I"], ["O", "B-X", "I-X", "B-Y", "I-Y"]]
)
def test_the_entities_are_those_of_conlleval_and_are_well_formed(tags):
    rng = random.Random(1)
    for _ in range(2000):
        sentence = [rng.choice(tags) for _ in range(8)]
        standard = to_iob2(sentence)
        assert lenient_entities(standard) == lenient_entities(sentence)
        assert strict_entities(standard) == lenient_entities(sentence)
        assert to_iob2(standard) == standard


def test_iobes_round_trip():
    rng = random.Random(2)
    for _ in range(500):
        tags: list[str] = []
        expected: list[str] = []
        for _ in range(4):
            kind, length = rng.choice("XY"), rng.randint(0, 3)
            expected += ["O"] if not length else [f"B-{kind}"]
            expected += [f"I-{kind}"] * (length - 1)
            tags += {
                0: ["O"],
                1: [f"S-{kind}"],
                2: [f"B-{kind}", f"E-{kind}"],
                3: [f"B-{kind}", f"I-{kind}", f"E-{kind}"],
            }[length]
        assert to_iob2(tags) == expected


def test_unknown_letters_are_refused_and_not_shown():
    with pytest.raises(InputError, match="got 7 characters"):
        to_iob2(["O", "Johnson"])
    sentences = [TaggedSentence(("a", "b"), ("O", "Johnson"), 7)]
    with pytest.raises(InputError, match=r"x\.tsv:8: .*known") as caught:
        check_tags(sentences, "x.tsv")
    assert "Johnson" not in str(caught.value)


def test_normalize_tags():
    assert normalize_tags(["I-X", "I-X"], "word") == ["B-X", "I-X"]
    assert normalize_tags(["I-X", "I-X"], "biobert") == ["I-X", "I-X"]
    with pytest.raises(ValueError, match="label scheme"):
        normalize_tags([], "x")


@pytest.mark.parametrize(
    ("sentences", "scheme", "typed", "entities", "repaired"),
    [
        (["B-X I-X O", "O B-X"], "IOB2", True, 2, 0),
        (["B-X I-X O", "O I-X"], "IOB2", True, 2, 1),
        (["I-X I-X B-X O", "O I-Y"], "IOB1", True, 3, 0),
        (["B I O B"], "IOB2", False, 2, 0),
        (["S-X O B-X E-X"], "IOBES", True, 2, 0),
        (["U-X O B-X L-X"], "BILOU", True, 2, 0),
        (["O O"], "none", False, 0, 0),
    ],
)
def test_summary(sentences, scheme, typed, entities, repaired):
    summary = summarize_scheme(s.split() for s in sentences)
    assert (
        summary.scheme,
        summary.typed,
        summary.num_entities,
        summary.num_repaired,
    ) == (scheme, typed, entities, repaired)


def test_is_typed():
    assert is_typed(["O", "B-X"])
    assert not is_typed(["O", "B", "I"])
