"""SemClinBr: 1,000 Brazilian clinical notes, 13 groups of UMLS types.

Source: Oliveira et al., J Biomed Semantics 2022. Access: signed request to
HAILab-PUCPR. It comes as XML, and everybody makes IOB2 files for themselves:
the names below are those of BioBERTpt's table, others are taken too.

Published entity F1 (BioBERTpt's README, all/clin/bio; one tagger for each
group, --one_tagger_per_type, 10 epochs): Disorders 79.13/78.05/78.53,
ChemicalDrugs 90.42/91.09/89.39, Procedures 70.32/68.55/68.93, DiagProced
54.81/55.95/55.07, DiseaseSynd 56.41/58.29/57.49, Findings 51.73/52.07/52.60,
Health 40.37/40.57/45.91, Laboratory 44.00/45.26/39.81, Medical
55.52/56.18/60.42, Pharmacologic 74.72/77.91/72.37, Quantitative
59.97/59.26/59.19, Sign 56.57/54.35/53.35, Therapeutic 51.28/45.93/50.08.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="semclinbr",
    description="SemClinBr, Brazilian clinical notes, 13 groups",
    expected_types=(
        *("Disorders", "ChemicalDrugs", "Procedures", "DiagProced"),
        *("DiseaseSynd", "Findings", "Health", "Laboratory", "Medical"),
        *("Pharmacologic", "Quantitative", "Sign", "Therapeutic"),
    ),
    takes_other_types=True,
)
