"""MRPC: do two sentences of the news say the same?

Source: Dolan and Brockett, IWP 2005; GLUE's folder MRPC (Quality, #1 ID,
#2 ID, #1 String, #2 String; test has an index and no labels).

Published accuracy: BERT base 84.6 (dev, its README), ALBERT xxlarge 90.9.
"""

from dataclasses import replace

from tasks.text_corpus import Layout
from tasks.text_layouts import glue_corpus

_ROWS = Layout(
    files=(),
    text_a=("#1 String", 3),
    text_b=("#2 String", 4),
    label=("Quality", 0),
    has_header=True,
)
TASK = glue_corpus(
    "MRPC",
    "MRPC: paraphrases",
    rows=_ROWS,
    test_rows=replace(_ROWS, label=("Quality",), example_id=("index",)),
    positive="1",
)
