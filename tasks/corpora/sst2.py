"""SST-2: is a sentence about a film for or against it?

Source: Socher et al., EMNLP 2013; GLUE's folder SST-2 (sentence, label; test
has index, sentence).

Published accuracy: ALBERT xxlarge 96.9 (dev, originals.md 8.1).
"""

from dataclasses import replace

from tasks.text_corpus import Layout
from tasks.text_layouts import glue_corpus

_ROWS = Layout(
    files=(), text_a=("sentence", 0), label=("label", 1), has_header=True
)
_TEST = Layout(
    files=(),
    text_a=("sentence", 1),
    example_id=("index", 0),
    has_header=True,
)
TASK = replace(
    glue_corpus("SST-2", "SST-2: sentiment", rows=_ROWS, test_rows=_TEST),
    name="sst2",
)
