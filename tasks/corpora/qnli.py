"""QNLI: does a sentence answer a question?

Source: Wang et al., ICLR 2019, from SQuAD;
GLUE's folder QNLI (index, question, sentence, label; test has no labels).

Published accuracy: ALBERT xxlarge 95.3 (dev, originals.md 8.1).
"""

from tasks.text_corpus import Layout
from tasks.text_layouts import glue_corpus

TASK = glue_corpus(
    "QNLI",
    "QNLI: entailment",
    rows=Layout(
        files=(),
        text_a=("question", 1),
        text_b=("sentence", 2),
        label=("label", -1),
        example_id=("index", 0),
        has_header=True,
    ),
    labels=("entailment", "not_entailment"),
)
