"""DDI 2013: what does a text say about two drugs taken together?

Source: Herrero-Zazo et al., J Biomed Inform 2013. BlueBERT's files (index,
sentence, label) or BioBERT's (no header but in test; its ddi13 has short
names); made from the XML by scripts/convert_relations.py. BLUE: 2937/1004/979
relations.

Published macro F1 of the four types: BioBERT 78.8, BlueBERT P+M 79.4 (BLUE).
Published micro F1: PubMedBERT 82.36 (BLURB).
"""

from tasks.text_layouts import relation_corpus

TASK = relation_corpus(
    "ddi",
    "DDI 2013: drugs with drugs",
    labels=(
        "DDI-advise",
        "DDI-effect",
        "DDI-int",
        "DDI-mechanism",
        "DDI-false",
    ),
    negative="DDI-false",
    headline="macro_f1",
    spellings={
        "advise": "DDI-advise",
        "effect": "DDI-effect",
        "int": "DDI-int",
        "mechanism": "DDI-mechanism",
        "false": "DDI-false",
    },
)
