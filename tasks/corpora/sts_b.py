"""STS-B: how alike are two sentences, from 0 to 5?

Source: Cer et al., SemEval 2017; GLUE's folder STS-B (sentences in columns 7
and 8, the score last; test has no scores).

Published Pearson correlation: ALBERT xxlarge 93.0 (dev, originals.md 8.1).
"""

from dataclasses import replace

from tasks.text_corpus import Layout
from tasks.text_layouts import glue_corpus

_ROWS = Layout(
    files=(),
    text_a=("sentence1", 7),
    text_b=("sentence2", 8),
    label=("score", -1),
    example_id=("index", 0),
    has_header=True,
)
TASK = replace(
    glue_corpus("STS-B", "STS-B: similarity", rows=_ROWS),
    kind="score",
    labels=None,
    score_range=(0.0, 5.0),
    headline="pearson",
)
