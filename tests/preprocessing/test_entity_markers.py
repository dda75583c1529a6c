"""Marks, masks and markers: one form of a row into another."""

from __future__ import annotations

import json

import pytest

from foundation.errors import InputError
from preprocessing.entity_markers import (
    MARKERS,
    check_markers,
    format_entities,
    marked_pair,
)

SCIBERT = "<< Ang II >>-induced pressure; [[ valsartan ]], 51%; no 94 >> 95."
MARKED = "[E1] Ang II [/E1]-induced pressure; [E2] valsartan [/E2], 51%; "
MARKED += "no 94 >> 95."
MASKED = "@ENTITY1$-induced pressure; @ENTITY2$, 51%; no 94 >> 95."
DUMMY = "@GENE$ causes @DISEASE$ >> others."


@pytest.mark.parametrize(
    ("text", "entity_format", "expected"),
    [
        (SCIBERT, "as_is", SCIBERT),
        (SCIBERT, "marker", MARKED),
        (SCIBERT, "mask", MASKED),
        (MARKED, "marker", MARKED),
        (MARKED, "mask", MASKED),
        (DUMMY, "mask", DUMMY),
        (DUMMY, "as_is", DUMMY),
        ("no entity", "as_is", "no entity"),
        ("[E2] a [/E2] [E1] b [/E1]", "mask", "@ENTITY2$ @ENTITY1$"),
        ("x [E1] a [E2] b [/E2] [/E1]", "mask", "x @ENTITY1-ENTITY2$"),
        ("x[E1]a[/E1]y[E2]b[/E2]", "mask", "x@ENTITY1$y@ENTITY2$"),
        # Rows of SciBERT's files whose text has marks of its own.
        (
            "<< K >> of (2(S)- [[ [[(1,1)amino]carbonyl] ]] a>>b",
            "marker",
            None,
        ),
        (
            "the << A3 >> agonist IB (1-6[[(3-iodo) [[ b ]] 1]am]) x",
            "marker",
            "the [E1] A3 [/E1] agonist IB (1-6[[(3-iodo) [E2] b [/E2] 1]am]) x",
        ),
        (
            "a << b of << A3 >> [[ x ]] >> y << z",
            "marker",
            "a << b of [E1] A3 [/E1] [E2] x [/E2] >> y << z",
        ),
        ("<< [[ a ]] b >>", "mask", "@ENTITY1-ENTITY2$"),
        (
            "STA2 >PGE1>[[ STA2 ]]>>17 << EP1 >> was",
            "marker",
            "STA2 >PGE1>[E2] STA2 [/E2]>>17 [E1] EP1 [/E1] was",
        ),
    ],
)
def test_forms(text, entity_format, expected):
    if expected is None:
        expected = "[E1] K [/E1] of (2(S)- [E2] [[(1,1)amino]carbonyl] [/E2]"
        expected += " a>>b"
    assert format_entities(text, entity_format) == expected


@pytest.mark.parametrize(
    ("text", "entity_format", "message"),
    [
        (DUMMY, "marker", "names are masked"),
        ("secret", "marker", "not marked"),
        ("secret", "mask", "not marked"),
        ("[E1] secret [/E1] x", "marker", "not marked: got 2 markers"),
        ("[E1] secret [/E1] [E2] x [E2]", "mask", "got 4 markers"),
        ("[/E1] secret [E1] [E2] x [/E2]", "marker", r"got \[/E1\] first"),
        ("<< secret >> [[ x", "mask", "not marked"),
        ("<< secret >> << b >> [[ x ]]", "marker", "2 times <<"),
    ],
)
def test_what_cannot_be_read_is_named_without_its_text(
    text, entity_format, message
):
    with pytest.raises(InputError, match=message) as caught:
        format_entities(text, entity_format, path="train.tsv", line=7)
    assert (caught.value.path, caught.value.line) == ("train.tsv", 7)
    assert "secret" not in str(caught.value)


def test_places_of_the_entities():
    pair = marked_pair(MARKED)
    assert pair.text == MASKED.replace("@ENTITY1$", "Ang II").replace(
        "@ENTITY2$", "valsartan"
    )
    assert pair.text[slice(*pair.first)] == "Ang II"
    assert pair.text[slice(*pair.second)] == "valsartan"
    check_markers(MARKED)
    with pytest.raises(InputError):
        check_markers(MARKED + MARKERS[0], path="x", line=1)


@pytest.mark.shared
def test_every_row_of_scibert_is_read(shared_dir):
    num_rows = 0
    for name in ("train", "dev"):
        path = shared_dir / "data/re/chemprot-scibert" / f"{name}.txt"
        for line in path.read_text("utf-8").splitlines():
            text = json.loads(line)["text"]
            pair = marked_pair(format_entities(text, "marker"))
            masked = format_entities(text, "mask")
            for span, mask in (
                (pair.first, "@ENTITY1$"),
                (pair.second, "@ENTITY2$"),
            ):
                found = pair.text[slice(*span)]
                assert found == found.strip() != ""
                assert masked.count(mask) == 1
            num_rows += 1
    assert num_rows == 4169 + 2427
