"""MultiNLI: does a sentence follow from another? Matched genres.

Source: Williams et al., NAACL 2018; GLUE's folder MNLI. Twelve columns in
train, more in dev: the texts are found by name, the label is the last.

Published accuracy: ALBERT 90.8 (GLUE dev, README of ALBERT).
"""

from dataclasses import replace

from tasks.text_corpus import Layout, TextCorpus

_ROWS = Layout(
    files=(),
    text_a=("sentence1", 8),
    text_b=("sentence2", 9),
    label=("gold_label", -1),
    example_id=("index", 0),
    has_header=True,
)
TASK = TextCorpus(
    name="mnli",
    description="MultiNLI, matched",
    folder="MNLI",
    train=(_ROWS.at("train.tsv"),),
    dev=(_ROWS.at("dev_matched.tsv"),),
    test=(replace(_ROWS.at("test_matched.tsv"), label=("gold_label",)),),
    labels=("contradiction", "entailment", "neutral"),
    skipped=("-",),
)
