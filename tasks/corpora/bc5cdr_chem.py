"""BC5CDR-chem: the chemicals of BC5CDR.

Source: Li et al., Database 2016 (BioCreative V). Files: BioBERT's BC5CDR-chem
(B, I, O), or typed BC5CDR files, of which Chemical is kept.
4560/4581/4797 sentences, 5203/5347/5385 entities.

Published entity F1: BioBERT v1.1 93.47 (best run; btz682), 93.04 in
biobert-pytorch; NVIDIA's reproduction 93.27 (sd 0.14, 5 seeds); BlueBERT-base
P 93.5; BERT 91.16.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="bc5cdr_chem",
    description="BC5CDR chemicals alone",
    expected_types=("Chemical", "Disease"),
    keep_types=("Chemical",),
)
