"""BC5CDR: 1500 PubMed abstracts, chemicals and diseases together.

Source: Li et al., Database 2016 (BioCreative V). Files:
cambridgeltl/MTL-Bioinformatics-2016, BC5CDR-IOB (4560/4581/4797 sentences;
chemical 5203/5347/5385, disease 4182/4246/4424).

Published entity F1 over both types: SciBERT 90.01 (Beltagy 2019; BIOUL and
CRF). BlueBERT's and BioBERT's tables score one type at a time: see
bc5cdr_chem and bc5cdr_disease.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="bc5cdr",
    description="BC5CDR chemicals and diseases",
    expected_types=("Chemical", "Disease"),
)
