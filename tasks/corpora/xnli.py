"""XNLI in Chinese: trained on MultiNLI in translation, as BERT's script.

Source: Conneau et al., EMNLP 2018; google-research/bert run_classifier.py:
multinli/multinli.train.zh.tsv (premise, hypo, label, where "contradictory" is
a contradiction), and the rows of xnli.dev.tsv whose language is zh. The
original has no test part; here xnli.test.tsv has the columns of dev.

Published accuracy: none was read in its source.
"""

from dataclasses import replace

from tasks.text_corpus import Layout, TextCorpus

_TRAIN = Layout(
    files=("multinli/multinli.train.zh.tsv", "multinli.train.zh.tsv"),
    text_a=(0,),
    text_b=(1,),
    label=(2,),
    has_header=True,
)
_DEV = Layout(
    files=("xnli.dev.tsv", "XNLI-1.0/xnli.dev.tsv"),
    text_a=("sentence1", 6),
    text_b=("sentence2", 7),
    label=("gold_label", 1),
    example_id=("pairID",),
    has_header=True,
    only=(0, "zh"),
)
TASK = TextCorpus(
    name="xnli",
    description="XNLI in Chinese",
    train=(_TRAIN,),
    dev=(_DEV,),
    test=(replace(_DEV, files=("xnli.test.tsv", "XNLI-1.0/xnli.test.tsv")),),
    labels=("contradiction", "entailment", "neutral"),
    spellings={"contradictory": "contradiction"},
    skipped=("-",),
)
