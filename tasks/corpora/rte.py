"""RTE: does a sentence follow from another?

Source: Dagan et al. 2006 to Bentivogli et al. 2009;
GLUE's folder RTE (index, sentence1, sentence2, label; test has no labels).

Published accuracy: ALBERT xxlarge 89.2 (dev, originals.md 8.1).
"""

from tasks.text_corpus import Layout
from tasks.text_layouts import glue_corpus

TASK = glue_corpus(
    "RTE",
    "RTE: entailment",
    rows=Layout(
        files=(),
        text_a=("sentence1", 1),
        text_b=("sentence2", 2),
        label=("label", -1),
        example_id=("index", 0),
        has_header=True,
    ),
    labels=("entailment", "not_entailment"),
)
