"""clinicalBERT: MedNLI and four i2b2 corpora, each by a grid (W19-1909)."""

from reporting.experiments import Cell, Experiment, PublishedTable

_MODELS = (
    "BERT",
    "BioBERT v1.0",
    "Clinical BERT",
    "Discharge BERT",
    "Bio+Clinical BERT",
    "Bio+Discharge BERT",
)
_ON_DEV = "settings of a grid chosen on dev"
_N2C2 = "data use agreement with n2c2 (Harvard DBMI)"


def _cells(scores: tuple[float, ...], note: str = _ON_DEV) -> tuple[Cell, ...]:
    """Returns the six models' cells."""
    pairs = zip(_MODELS, scores, strict=True)
    return tuple(Cell(model, score, note=note) for model, score in pairs)


def _i2b2(year: str, title: str, scores: tuple[float, ...]) -> Experiment:
    """Returns the row of an i2b2 corpus of entities."""
    return Experiment(
        name=f"i2b2_{year}",
        title=title,
        program="run_ner.py",
        recipe="clinicalbert_ner.flags",
        # The paper's fold 9 of 10 is trained on 8 of 9 parts of train + dev
        # and tested on the official test data: as much as train and test.
        flags={"task_name": f"i2b2_{year}", "cross_val_sz": "0"},
        folders=(f"i2b2_{year}", f"i2b2/{year}"),
        headline="entity_f1",
        published=_cells(scores),
        grid={
            "num_train_epochs": ("2", "3", "4"),
            "learning_rate": ("2e-5", "3e-5", "5e-5"),
            "train_batch_size": ("16", "32"),
        },
        clinical=True,
        access=_N2C2,
    )


TABLE = PublishedTable(
    name="clinicalbert",
    title="clinicalBERT: inference and entities in clinical notes",
    paper="Alsentzer et al., ClinicalNLP 2019 (W19-1909), table of results as "
    "quoted by others",
    metric="MedNLI: accuracy; i2b2: entity F1, exact span and type",
    protocol="a grid of 18 points for each cell, chosen on dev, tested once; "
    "MedNLI's numbers in the first version of the paper were dev's by "
    "mistake, and these are those of the corrected one (clinicalBERT issue 2)."
    " Of the ten folds of i2b2 the last alone counts, which is tested on the "
    "official test data; here one model is trained on train and chosen on "
    "dev. De-identification (2006, 2014) gains nothing from MIMIC, whose "
    "names are masked",
    cost="six minutes a point of MedNLI or i2b2 2010, two hours a grid, on "
    "one V100 in float32 (estimated: rows x epochs at 126 rows of 150 pieces a "
    "second); the sizes of the other three are not published",
    experiments=(
        Experiment(
            name="mednli",
            title="MedNLI",
            program="run_classifier.py",
            recipe="clinicalbert_mednli.flags",
            flags={"task_name": "mednli"},
            folders=("mednli",),
            headline="accuracy",
            published=_cells(
                (77.6, 80.8, 80.8, 80.6, 82.7, 82.7),
                f"{_ON_DEV}; corrected version of the paper",
            ),
            grid={
                "num_train_epochs": ("3", "4", "5"),
                "learning_rate": ("2e-5", "3e-5", "5e-5"),
                # In two parts each: batches of 16 and 32.
                "train_batch_size": ("8", "16"),
            },
            clinical=True,
            access="PhysioNet, credentialed",
        ),
        _i2b2(
            "2006",
            "i2b2 2006, identifying details",
            (93.9, 94.8, 91.5, 91.9, 94.7, 94.8),
        ),
        _i2b2(
            "2010",
            "i2b2/VA 2010, problems, treatments, tests",
            (83.5, 86.5, 86.4, 86.4, 87.2, 87.8),
        ),
        _i2b2(
            "2012",
            "i2b2 2012, clinical events",
            (75.9, 78.9, 78.5, 78.4, 78.9, 78.9),
        ),
        _i2b2(
            "2014",
            "i2b2 2014, identifying details",
            (92.8, 93.0, 92.6, 92.8, 92.5, 92.7),
        ),
    ),
)
