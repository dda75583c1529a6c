"""BioBERT, relations: GAD, EU-ADR, ChemProt (btz682, table of relations)."""

from reporting.experiments import (
    BEST_RUN,
    SINGLE_RUN,
    Cell,
    Experiment,
    PublishedTable,
)

_PYTORCH = "dmis-lab/biobert-pytorch, README: rate 5e-5"
_NVIDIA = "NVIDIA/DeepLearningExamples, TensorFlow BERT, biobert/README"
_TEN_FOLDS = "mean of ten folds"
_BEST_MODEL = "the best of the paper's four checkpoints"


def _ten_folds(
    name: str,
    folders: tuple[str, ...],
    *,
    title: str,
    bert: float,
    biobert: Cell,
    again: float,
) -> Experiment:
    """Returns a row of ten folds; `again` is biobert-pytorch's score."""
    return Experiment(
        name=name,
        title=title,
        program="run_re.py",
        recipe="biobert_re.flags",
        flags={"task_name": name},
        folders=folders,
        headline="f1",
        published=(
            Cell("BERT", bert, SINGLE_RUN, note=_TEN_FOLDS),
            biobert,
            Cell(
                "BioBERT v1.1",
                again,
                SINGLE_RUN,
                honest=True,
                source=_PYTORCH,
                note="its scripts average ten folds",
            ),
        ),
        folds=10,
    )


TABLE = PublishedTable(
    name="biobert_re",
    title="BioBERT: relations",
    paper="Lee et al., Bioinformatics 2020 (btz682), table of relations",
    metric="GAD and EU-ADR: F1 of class 1; ChemProt: micro F1 of five classes "
    "of relations",
    protocol="GAD and EU-ADR have ten folds and no dev, so that nothing can "
    "be chosen without the test; ChemProt's files are not distributed, and a "
    "user got 74.68 with other preprocessing (dmis-lab/biobert issue 49). The "
    "README's sample of one fold of GAD has F1 83.74",
    cost="less than an hour on a Titan Xp (published); on a V100 in float32 "
    "two minutes a fold of GAD, seconds one of EU-ADR, seven minutes ChemProt "
    "(estimated: rows x epochs at NVIDIA's published 148 rows a second)",
    experiments=(
        _ten_folds(
            "gad",
            ("GAD",),
            title="GAD, genes and diseases",
            bert=79.29,
            biobert=Cell(
                "BioBERT v1.0 (PubMed)",
                81.61,
                BEST_RUN,
                note=f"{_TEN_FOLDS}; {_BEST_MODEL}",
            ),
            again=82.37,
        ),
        _ten_folds(
            "euadr",
            ("euadr",),
            title="EU-ADR, genes and diseases",
            bert=84.62,
            biobert=Cell(
                "BioBERT v1.0 (PMC)",
                86.51,
                BEST_RUN,
                note=f"{_TEN_FOLDS}; {_BEST_MODEL}",
            ),
            again=85.13,
        ),
        Experiment(
            name="chemprot",
            title="ChemProt, chemicals and proteins",
            program="run_re.py",
            recipe="biobert_re.flags",
            # It has no folds: behind the recipe's --folds=all.
            flags={"task_name": "chemprot", "folds": ""},
            folders=("ChemProt",),
            headline="micro_f1",
            published=(
                Cell("BERT", 73.74, SINGLE_RUN),
                Cell("BioBERT v1.1", 76.46, BEST_RUN, note=_BEST_MODEL),
                Cell(
                    "NVIDIA's BioBERT",
                    76.27,
                    SINGLE_RUN,
                    honest=True,
                    source=_NVIDIA,
                    note="pretrained by NVIDIA, uncased; files of Lim and Kang",
                ),
            ),
            grid={
                "learning_rate": ("5e-5", "3e-5", "1e-5"),
                "train_batch_size": ("10", "16", "32", "64"),
            },
            access="scripts/convert_relations.py makes the files of the "
            "original corpus (BioCreative VI)",
        ),
    ),
)
