"""Species-800: species names in 800 PubMed abstracts.

Source: Pafilis et al., PLoS ONE 2013 (CC BY). Files: BioBERT's s800 (B, I, O;
5733/830/1630 sentences, 2557/384/767 entities).

Published entity F1: BioBERT v1.0 (PubMed + PMC) 75.31 (best run; btz682),
v1.1 72.38 in biobert-pytorch; BERT 71.63.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="s800",
    description="Species-800 species names",
)
