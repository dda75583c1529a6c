"""BioBERTpt on SemClinBr: 13 groups of entities, a tagger each (README)."""

from reporting.experiments import Cell, Experiment, PublishedTable

_MODELS = (
    "BERT multilingual uncased",
    "BERT multilingual cased",
    "Portuguese BERT large",
    "Portuguese BERT base",
    "BioBERTpt (bio)",
    "BioBERTpt (clin)",
    "BioBERTpt (all)",
)
# Group -> scores of the models, and what it is called in words.
_GROUPS: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    (
        "Disorders",
        "disorders",
        (78.68, 78.23, 62.50, 78.44, 78.53, 78.05, 79.13),
    ),
    (
        "ChemicalDrugs",
        "chemicals and drugs",
        (90.26, 90.10, 78.23, 90.38, 89.39, 91.09, 90.42),
    ),
    (
        "Procedures",
        "medical procedures",
        (66.96, 67.44, 45.25, 67.21, 68.93, 68.55, 70.32),
    ),
    (
        "DiagProced",
        "diagnostic procedures",
        (54.62, 51.93, 50.43, 55.58, 55.07, 55.95, 54.81),
    ),
    (
        "DiseaseSynd",
        "diseases and syndromes",
        (56.24, 53.80, 57.45, 53.99, 57.49, 58.29, 56.41),
    ),
    (
        "Findings",
        "findings",
        (50.34, 50.46, 52.64, 50.00, 52.60, 52.07, 51.73),
    ),
    (
        "Health",
        "health care activities",
        (37.35, 41.23, 33.55, 34.62, 45.91, 40.57, 40.37),
    ),
    (
        "Laboratory",
        "laboratory or test results",
        (37.78, 41.68, 40.41, 42.23, 39.81, 45.26, 44.00),
    ),
    (
        "Medical",
        "medical devices",
        (55.85, 59.27, 51.35, 53.66, 60.42, 56.18, 55.52),
    ),
    (
        "Pharmacologic",
        "pharmacologic substances",
        (75.57, 59.27, 72.25, 77.54, 72.37, 77.91, 74.72),
    ),
    (
        "Quantitative",
        "quantitative concepts",
        (60.68, 61.29, 56.15, 56.76, 59.19, 59.26, 59.97),
    ),
    (
        "Sign",
        "signs and symptoms",
        (51.85, 53.66, 55.17, 53.75, 53.35, 54.35, 56.57),
    ),
    (
        "Therapeutic",
        "therapeutic or preventive procedures",
        (48.74, 48.62, 48.88, 47.12, 50.08, 45.93, 51.28),
    ),
)


def _group(name: str, title: str, scores: tuple[float, ...]) -> Experiment:
    """Returns the row of a group: a tagger for its entities alone."""
    slip = "the same number as its Medical: perhaps a slip"
    return Experiment(
        name=name.lower(),
        title=f"SemClinBr, {title}",
        program="run_ner.py",
        recipe="biobertpt_ner.flags",
        flags={
            "task_name": "semclinbr",
            "entity_types": name,
            "one_tagger_per_type": "false",
        },
        folders=("SemClinBr",),
        headline="entity_f1",
        published=tuple(
            Cell(
                model,
                score,
                note=slip if (name, score) == ("Pharmacologic", 59.27) else "",
            )
            for model, score in zip(_MODELS, scores, strict=True)
        ),
        clinical=True,
        access="signed request to HAILab-PUCPR (github.com/HAILab-PUCPR/"
        "SemClinBr)",
    )


TABLE = PublishedTable(
    name="biobertpt_ner",
    title="BioBERTpt: entities in Brazilian clinical notes",
    paper="Schneider et al., ClinicalNLP 2020 (2020.clinicalnlp-1.7); table of "
    "HAILab-PUCPR/BioBERTpt's README, with four decimals",
    metric="entity F1 of each group of SemClinBr, one tagger each",
    protocol="10 epochs, IOB2; batch, rate, length, split and number of runs "
    "are not published, nor is the code. The README's bold marks are not "
    "always on the row's highest score (Quantitative). The paper: 2.72 % "
    "better than the baseline, best in 11 of 13 groups",
    cost="not known: the number of sentences is not published; 10,000 of them "
    "take 11 minutes of one V100 in float32 a group (estimated: rows x epochs "
    "at the 148 rows of 128 pieces a second that NVIDIA published)",
    experiments=tuple(_group(*row) for row in _GROUPS),
)
