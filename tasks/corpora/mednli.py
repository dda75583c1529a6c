"""MedNLI: does a statement follow from a sentence of a patient's note?

Source: Romanov and Shivade, EMNLP 2018 (PhysioNet, credentialed): mli_*.jsonl,
which clinicalBERT's run_classifier.py reads; as TSV in BlueBERT's order
(label, index, sentence1, sentence2) or BLUE's (index, sentence1, sentence2,
label), told apart by the header. 11232/1395/1422 pairs.

Published accuracy: Bio+Clinical BERT 82.7, BioBERT 80.8, BlueBERT P+M 84.0.
"""

from tasks.text_corpus import Layout, TextCorpus

_LINES = Layout(
    files=(),
    text_a=("sentence1",),
    text_b=("sentence2",),
    label=("gold_label", "label"),
    example_id=("pairID", "index"),
    reader="jsonl",
)
_TABLE = Layout(
    files=(),
    text_a=("sentence1", 2),
    text_b=("sentence2", 3),
    label=("label", "gold_label", 0),
    example_id=("index", "pairID", 1),
    has_header=True,
)
TASK = TextCorpus(
    name="mednli",
    description="MedNLI",
    train=(_LINES.at("mli_train_v1.jsonl"), _TABLE.at("train.tsv")),
    dev=(_LINES.at("mli_dev_v1.jsonl"), _TABLE.at("dev.tsv")),
    test=(_LINES.at("mli_test_v1.jsonl"), _TABLE.at("test.tsv")),
    labels=("contradiction", "entailment", "neutral"),
    skipped=("-", ""),
)
