"""BC4CHEMD: chemical mentions of BioCreative IV.

Source: Krallinger et al., J Cheminform 2015. Files: BioBERT's BC4CHEMD (B, I,
O) or cambridgeltl/MTL-Bioinformatics-2016, BC4CHEMD-IOB.

Published entity F1: BioBERT v1.1 92.36 (best run; btz682), 91.15 in
biobert-pytorch; BERT 90.04.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="bc4chemd",
    description="BC4CHEMD chemical mentions",
)
