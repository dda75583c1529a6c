"""i2b2 2012: clinical events in discharge summaries (of the temporal task).

Source: Sun et al., JAMIA 2013. Access: data use agreement with n2c2 (Harvard
DBMI). Files as clinicalBERT's notebook makes them: train.tsv, dev.tsv (10 % of
the patients, drawn without a seed), test.tsv. Times (TIMEX3) are not tagged.

Published entity F1, tables of Alsentzer et al. 2019 (W19-1909) as quoted
second hand, best of a grid: BERT 75.9, BioBERT v1.0 78.9, Clinical BERT 78.5,
Bio+Clinical 78.9, Bio+Discharge 78.9.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="i2b2_2012",
    description="i2b2 2012 clinical events, 6 types",
    expected_types=(
        *("OCCURRENCE", "EVIDENTIAL", "TREATMENT"),
        *("CLINICAL_DEPT", "PROBLEM", "TEST"),
    ),
)
