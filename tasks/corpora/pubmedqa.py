"""PubMedQA: is the answer yes, no or maybe?

Source: Jin et al., EMNLP 2019 (MIT), 1000 labelled questions with abstracts.
In the folder of a fold of its script (pqal_fold0, ...) or in one of its own:
train_set.json, dev_set.json, and test_set.json there or one folder up; or
ori_pqal.json alone, of which the script's fold 0 and test part are taken:
450/50/500.

Published accuracy: BioBERT 60.2, PubMedBERT 55.8, BioLinkBERT base 70.2.
"""

from dataclasses import replace

from tasks.text_corpus import Layout, TextCorpus

_ROWS = Layout(
    files=(),
    text_a=("question", "sentence1", 0),
    text_b=("context", "sentence2", 1),
    label=("label",),
    example_id=("id",),
    reader="pubmedqa",
)


def _whole(part: str) -> Layout:
    """Returns the layout of the file of all, of which a part is read."""
    return replace(_ROWS, files=("ori_pqal.json",), reader=f"pubmedqa:{part}")


TASK = TextCorpus(
    name="pubmedqa",
    description="PubMedQA, labelled part",
    train=(_ROWS.at("train_set.json"), _whole("train")),
    dev=(_ROWS.at("dev_set.json"), _whole("dev")),
    test=(_ROWS.at("test_set.json", "../test_set.json"), _whole("test")),
    labels=("yes", "no", "maybe"),
)
