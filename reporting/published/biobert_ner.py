"""BioBERT, named entities: eight corpora, one type each (btz682, table 6)."""

from reporting.experiments import (
    BEST_RUN,
    MEAN,
    Cell,
    Experiment,
    PublishedTable,
)

_PYTORCH = "dmis-lab/biobert-pytorch, README: seed 1, 30 epochs"
_NVIDIA = "NVIDIA/DeepLearningExamples, TensorFlow BERT, biobert/README"
_OWN_MODEL = "pretrained by NVIDIA, uncased; BLUE's files, 10 epochs"
_GRID = {
    "learning_rate": ("5e-5", "3e-5", "1e-5"),
    "train_batch_size": ("10", "16", "32", "64"),
}


def _corpus(
    name: str,
    folder: str,
    *,
    bert: tuple[float, float],
    biobert: tuple[float, float],
    title: str,
    version: str = "v1.1",
    others: tuple[Cell, ...] = (),
) -> Experiment:
    """Returns a row; scores are the paper's, then biobert-pytorch's."""
    return Experiment(
        name=name,
        title=title,
        program="run_ner.py",
        recipe="biobert_ner.flags",
        flags={"task_name": name},
        folders=(folder,),
        headline="entity_f1",
        published=(
            Cell("BERT", bert[0], BEST_RUN),
            Cell(f"BioBERT {version}", biobert[0], BEST_RUN),
            Cell("BERT", bert[1], honest=True, source=_PYTORCH),
            Cell("BioBERT v1.1", biobert[1], honest=True, source=_PYTORCH),
            *others,
        ),
        grid=_GRID,
    )


_V1_0 = "v1.0 (PubMed + PMC)"
TABLE = PublishedTable(
    name="biobert_ner",
    title="BioBERT: named entities",
    paper="Lee et al., Bioinformatics 2020 (btz682), table 6",
    metric="entity F1, exact span, one type a corpus (conlleval)",
    protocol="settings and epochs chosen on dev, then trained on train + dev; "
    "the best run of each corpus is printed, and the best checkpoint of "
    "several (dmis-lab/biobert issues 7, 15, 90). Its number of epochs is the "
    "README's advice: more than 50 at a rate of 1e-5. JNLPBA has no types "
    "here: not to be compared with five types",
    cost="half an hour (NCBI disease) to six hours (BC4CHEMD) of one V100 in "
    "float32 at 50 epochs (estimated: rows x epochs at the 148 rows of 128 "
    "pieces a second that NVIDIA published for BERT-base)",
    experiments=(
        _corpus(
            "ncbi_disease",
            "NCBI-disease",
            bert=(85.63, 85.27),
            biobert=(89.71, 88.30),
            title="NCBI disease",
        ),
        _corpus(
            "bc5cdr_disease",
            "BC5CDR-disease",
            bert=(82.41, 83.28),
            biobert=(87.15, 86.37),
            title="BC5CDR, diseases",
            others=(
                Cell(
                    "NVIDIA's BioBERT",
                    86.22,
                    honest=True,
                    source=_NVIDIA,
                    note=_OWN_MODEL,
                ),
            ),
        ),
        _corpus(
            "bc5cdr_chem",
            "BC5CDR-chem",
            bert=(91.16, 91.78),
            biobert=(93.47, 93.04),
            title="BC5CDR, chemicals",
            others=(
                Cell(
                    "NVIDIA's BioBERT",
                    93.27,
                    MEAN,
                    honest=True,
                    sd=0.14,
                    source=f"{_NVIDIA}: 5 seeds, float32",
                    note=_OWN_MODEL,
                ),
            ),
        ),
        _corpus(
            "bc4chemd",
            "BC4CHEMD",
            bert=(90.04, 89.51),
            biobert=(92.36, 91.15),
            title="BC4CHEMD, chemicals",
        ),
        _corpus(
            "bc2gm",
            "BC2GM",
            bert=(81.79, 80.93),
            biobert=(84.72, 83.41),
            title="BC2GM, genes",
        ),
        _corpus(
            "jnlpba",
            "JNLPBA",
            bert=(74.94, 75.27),
            biobert=(77.59, 75.98),
            title="JNLPBA, without types",
            version=_V1_0,
        ),
        _corpus(
            "linnaeus",
            "linnaeus",
            bert=(87.60, 83.46),
            biobert=(89.81, 88.08),
            title="LINNAEUS, species",
            version=_V1_0,
        ),
        _corpus(
            "s800",
            "s800",
            bert=(71.63, 70.80),
            biobert=(75.31, 72.38),
            title="Species-800",
            version=_V1_0,
        ),
    ),
)
