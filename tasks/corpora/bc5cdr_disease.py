"""BC5CDR-disease: the diseases of BC5CDR.

Source: Li et al., Database 2016 (BioCreative V). Files: BioBERT's
BC5CDR-disease (B, I, O), or typed BC5CDR files, of which Disease is kept.
4560/4581/4797 sentences, 4182/4246/4424 entities.

Published entity F1: BioBERT v1.1 87.15 (best run; btz682), 86.37 in
biobert-pytorch; BlueBERT-base P 86.6; BERT 82.41.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="bc5cdr_disease",
    description="BC5CDR diseases alone",
    expected_types=("Chemical", "Disease"),
    keep_types=("Disease",),
)
