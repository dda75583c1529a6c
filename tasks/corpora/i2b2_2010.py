"""i2b2/VA 2010: problems, treatments and tests in discharge summaries.

Source: Uzuner et al., JAMIA 2011. Access: data use agreement with n2c2
(Harvard DBMI). Files as clinicalBERT's notebook makes them: train.tsv, dev.tsv
(10 % of the patients of each site), test.tsv; words split at single blanks;
14251/2064/27626 sentences, empty ones counted.

Published entity F1, tables of Alsentzer et al. 2019 (W19-1909) as quoted
second hand, best of a grid: BERT 83.5, BioBERT v1.0 86.5, Clinical BERT 86.4,
Bio+Clinical 87.2, Bio+Discharge 87.8. BlueBERT's score for i2b2 2010 is one of
relations.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="i2b2_2010",
    description="i2b2/VA 2010 problems, treatments and tests",
    expected_types=("problem", "treatment", "test"),
)
