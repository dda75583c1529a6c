"""i2b2 2006: identifying details of patients in discharge summaries.

Source: Uzuner et al., JAMIA 2007. Access: data use agreement with n2c2
(Harvard DBMI). Files as clinicalBERT's to_conll.py and split_train_dev.py make
them: train.conll, dev.conll (30 % of the official training data, not
shuffled), test.conll; words split at blanks.

Published entity F1, tables of Alsentzer et al. 2019 (W19-1909) as quoted
second hand, best of a grid: BERT 93.9, BioBERT v1.0 94.8, Clinical BERT 91.5,
Bio+Clinical 94.7, Bio+Discharge 94.8. Pretraining on MIMIC, whose names are
masked, does not help here.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="i2b2_2006",
    description="i2b2 2006 de-identification, 8 types",
    expected_types=(
        *("ID", "HOSPITAL", "PATIENT", "PHONE"),
        *("DATE", "DOCTOR", "LOCATION", "AGE"),
    ),
)
