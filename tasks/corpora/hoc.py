"""Hallmarks of Cancer: which of ten does a sentence of an abstract show?

Source: Baker et al., Bioinformatics 2016. BlueBERT's files: labels, sentence
(, index), labels as "0_0,1_1,...,9_0"; BLUE's create_hoc.py: index, sentence,
labels by name under a header of four other names. The index is the document's
id, "_" and the sentence's. 1108/157/315 abstracts.

Published example-based F1 of documents (BLUE): BioBERT 82.9, BlueBERT P 85.3,
BlueBERT large P 87.3.
"""

from tasks.text_corpus import Layout, TextCorpus

_ROWS = Layout(
    files=(),
    text_a=("sentence", "text", "sentence1", 1),
    label=("labels", "label", 0, -1),
    example_id=("index", "id"),
    has_header=True,
)
TASK = TextCorpus(
    name="hoc",
    description="Hallmarks of Cancer, sentences",
    kind="labels",
    train=(_ROWS.at("train.tsv"),),
    dev=(_ROWS.at("dev.tsv", "devel.tsv"),),
    test=(_ROWS.at("test.tsv"),),
    labels=(
        "activating invasion and metastasis",
        "avoiding immune destruction",
        "cellular energetics",
        "enabling replicative immortality",
        "evading growth suppressors",
        "genomic instability and mutation",
        "inducing angiogenesis",
        "resisting cell death",
        "sustaining proliferative signaling",
        "tumor promoting inflammation",
    ),
    headline="document_example_f1",
    document_separator="_",
)
