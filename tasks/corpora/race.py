"""RACE: which of four answers to a question about a text is right?

Source: Lai et al., EMNLP 2017; ALBERT's run_race.py. Folders train, dev and
test, each with middle and high: all.txt, or one file an article (JSON:
article, questions, options, answers).

Published accuracy: ALBERT base v2 66.8, xxlarge v2 86.8 (its README).
"""

from tasks.text_corpus import Layout, TextCorpus

_ROWS = Layout(
    files=(),
    text_a=("article",),
    text_b=("question",),
    label=("answer",),
    example_id=("id",),
    choices=("A", "B", "C", "D"),
    reader="race",
)
TASK = TextCorpus(
    name="race",
    description="RACE: reading comprehension with four options",
    kind="choice",
    folder="RACE",
    train=(_ROWS.at("train"),),
    dev=(_ROWS.at("dev"),),
    test=(_ROWS.at("test"),),
    labels=("A", "B", "C", "D"),
)
