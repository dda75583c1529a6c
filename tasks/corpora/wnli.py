"""WNLI: does a sentence follow from another with a pronoun in it?

Source: Levesque et al., KR 2012; GLUE's folder WNLI (index, sentence1,
sentence2, label; test has no labels).

Published accuracy: none was read in its source.
"""

from tasks.text_corpus import Layout
from tasks.text_layouts import glue_corpus

TASK = glue_corpus(
    "WNLI",
    "WNLI: entailment with pronouns",
    rows=Layout(
        files=(),
        text_a=("sentence1", 1),
        text_b=("sentence2", 2),
        label=("label", -1),
        example_id=("index", 0),
        has_header=True,
    ),
)
