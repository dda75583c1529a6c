"""ChemProt: how does a chemical act on a protein?

Source: Krallinger et al., BioCreative VI 2017. BioBERT's files (cpr:3, no
header but in test) or BlueBERT's (CPR:3, index, sentence, label); made from
the original corpus by scripts/convert_relations.py. BLUE: 4154/2416/3458
relations.

Published micro F1 of the five classes, without "false": BioBERT v1.1 76.46,
BlueBERT P 72.5, PubMedBERT 77.24.
"""

from tasks.text_layouts import relation_corpus

TASK = relation_corpus(
    "chemprot",
    "ChemProt: chemicals and proteins",
    labels=("CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9", "false"),
    negative="false",
)
