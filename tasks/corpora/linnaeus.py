"""LINNAEUS: species names in 100 full-text articles.

Source: Gerner et al., BMC Bioinformatics 2010 (CC BY). Files: BioBERT's
linnaeus (B, I, O; 11935/4078/7142 sentences, 2119/711/1433 entities).

Published entity F1: BioBERT v1.0 (PubMed + PMC) 89.81 (best run; btz682),
v1.1 88.08 in biobert-pytorch; BERT 87.60.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="linnaeus",
    description="LINNAEUS species names",
)
