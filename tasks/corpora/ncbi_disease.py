"""NCBI disease: 793 PubMed abstracts, disease mentions.

Source: Dogan et al., J Biomed Inform 2014 (US government work). Files of the
same 5424/923/940 sentences: cambridgeltl/MTL-Bioinformatics-2016
(NCBI-disease-IOB, B-Disease) and BioBERT's (B, I, O). 5134/787/960 entities.

Published entity F1: BioBERT v1.1 89.71 (best run; btz682), 88.30 in the
authors' later biobert-pytorch; 87.70 in BioBERT's README sample; BERT 85.63.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="ncbi_disease",
    description="NCBI disease mentions",
)
