"""ChemProt as SciBERT has it: 13 classes, no pairs without a relation.

Source: allenai/scibert data/text_classification/chemprot (Apache-2.0): JSON
lines in train.txt, dev.txt and test.txt, 4169/2427/3469, the pair marked by
<< >> and [[ ]].

Published micro F1 of all classes, which is accuracy: SciBERT 83.64.
"""

from tasks.text_corpus import Layout, TextCorpus

_LINES = Layout(
    files=(),
    text_a=("text", 0),
    label=("label",),
    example_id=("id",),
    reader="jsonl",
)
TASK = TextCorpus(
    name="chemprot_scibert",
    description="ChemProt, SciBERT's 13 classes",
    script="relation",
    train=(_LINES.at("train.txt", "train.jsonl"),),
    dev=(_LINES.at("dev.txt", "dev.jsonl"),),
    test=(_LINES.at("test.txt", "test.jsonl"),),
    labels=(
        "ACTIVATOR",
        "AGONIST",
        "AGONIST-ACTIVATOR",
        "AGONIST-INHIBITOR",
        "ANTAGONIST",
        "DOWNREGULATOR",
        "INDIRECT-DOWNREGULATOR",
        "INDIRECT-UPREGULATOR",
        "INHIBITOR",
        "PRODUCT-OF",
        "SUBSTRATE",
        "SUBSTRATE_PRODUCT-OF",
        "UPREGULATOR",
    ),
    headline="micro_f1",
)
