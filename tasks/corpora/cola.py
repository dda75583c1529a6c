"""CoLA: is a sentence good English?

Source: Warstadt et al., TACL 2019; GLUE's folder CoLA. train.tsv and dev.tsv
have no header (source, label, mark, sentence), test.tsv has one (index,
sentence) and no labels.

Published Matthews correlation: ALBERT xxlarge 71.4 (dev, originals.md 8.1).
"""

from dataclasses import replace

from tasks.text_corpus import Layout
from tasks.text_layouts import glue_corpus

_ROWS = Layout(files=(), text_a=(3,), label=(1,), has_header=False)
_TEST = Layout(
    files=(),
    text_a=("sentence", 1),
    example_id=("index", 0),
    has_header=True,
)
TASK = replace(
    glue_corpus(
        "CoLA", "CoLA: acceptable sentences", rows=_ROWS, test_rows=_TEST
    ),
    headline="matthews",
)
