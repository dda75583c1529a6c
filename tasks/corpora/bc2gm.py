"""BC2GM: gene mentions of BioCreative II.

Source: Smith et al., Genome Biology 2008. Files: BioBERT's BC2GM (B, I, O;
12574/2519/5038 sentences, 15197/3061/6325 entities) or
cambridgeltl/MTL-Bioinformatics-2016, BC2GM-IOB.

Published entity F1: BioBERT v1.1 84.72 (best run; btz682), 83.41 in
biobert-pytorch, where users get 83.4 too (its issue 25); BERT 81.79.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="bc2gm",
    description="BC2GM gene mentions",
)
