"""i2b2 2010: how do problems, tests and treatments of a note go together?

Source: Uzuner et al., JAMIA 2011 (n2c2, on request). BlueBERT's files: index,
sentence, label. 3110/11/6293 relations in BLUE, whose dev part is nearly empty
by mistake (originals.md 9.5 B1).

Published micro F1 of the eight types, without "false": BioBERT 72.2, BlueBERT
P+M 76.4 (BLUE).
"""

from tasks.text_layouts import relation_corpus

TASK = relation_corpus(
    "i2b2_2010_relations",
    "i2b2 2010: problems, tests and treatments",
    labels=(
        "PIP",
        "TeCP",
        "TeRP",
        "TrAP",
        "TrCP",
        "TrIP",
        "TrNAP",
        "TrWP",
        "false",
    ),
    negative="false",
)
