"""QQP: do two questions of Quora ask the same?

Source: Iyer et al., Quora 2017; GLUE's folder QQP (id, qid1, qid2, question1,
question2, is_duplicate; test has id, question1, question2). Rows that are too
short are left out, as in ALBERT's run_classifier.py, and counted.

Published accuracy: ALBERT xxlarge 92.2 (dev, originals.md 8.1).
"""

from dataclasses import replace

from tasks.text_corpus import Layout
from tasks.text_layouts import glue_corpus

_ROWS = Layout(
    files=(),
    text_a=("question1", 3),
    text_b=("question2", 4),
    label=("is_duplicate", 5),
    example_id=("id", 0),
    has_header=True,
    skips_short=True,
)
TASK = glue_corpus(
    "QQP",
    "QQP: questions that ask the same",
    rows=_ROWS,
    test_rows=replace(
        _ROWS,
        text_a=("question1", 1),
        text_b=("question2", 2),
        label=(),
        skips_short=False,
    ),
    positive="1",
)
