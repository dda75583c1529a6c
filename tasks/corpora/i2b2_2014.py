"""i2b2/UTHealth 2014: identifying details in the notes of patients.

Source: Stubbs and Uzuner, J Biomed Inform 2015. Access: data use agreement
with n2c2 (Harvard DBMI). Files as clinicalBERT's notebook makes them:
train.tsv, dev.tsv (10 % of the patients, drawn without a seed), test.tsv.

Published entity F1, tables of Alsentzer et al. 2019 (W19-1909) as quoted
second hand, best of a grid: BERT 92.8, BioBERT v1.0 93.0, Clinical BERT 92.6,
Bio+Clinical 92.5, Bio+Discharge 92.7. Pretraining on MIMIC, whose names are
masked, does not help here.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="i2b2_2014",
    description="i2b2/UTHealth 2014 de-identification, 23 types",
    # Some are rare: a train or dev part may well lack one.
    expected_types=(
        *("IDNUM", "HOSPITAL", "PATIENT", "PHONE", "DATE", "DOCTOR"),
        *("LOCATION-OTHER", "AGE", "BIOID", "STATE", "ZIP", "HEALTHPLAN"),
        *("ORGANIZATION", "MEDICALRECORD", "CITY", "STREET", "COUNTRY"),
        *("URL", "USERNAME", "PROFESSION", "FAX", "EMAIL", "DEVICE"),
    ),
)
