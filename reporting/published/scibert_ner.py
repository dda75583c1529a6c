"""SciBERT NER with a softmax head, JNLPBA's five types (bio_ner_bert)."""

from reporting.experiments import (
    MEAN,
    TUNED_ON_TEST,
    Cell,
    Experiment,
    PublishedTable,
)

_FOLDERS = (
    "data/JNLPBA",
    "JNLPBA-IOB",
    "JNLPBA-5type",
    "JNLPBA-5type/fine-tokens",
)
_TYPES = (
    "F1 of cell_line 60.07, cell_type 75.76, protein 76.33, DNA 74.19, RNA "
    "74.80; macro 74.98; words alone 80.93, another measure"
)
_CRF = Cell(
    "SciBERT, CRF",
    77.28,
    MEAN,
    source="Beltagy et al., EMNLP 2019",
    note="another head and program: scibert_crf_ner.flags",
)


def _setting(name: str, title: str, *, recipe: str, note: str) -> Experiment:
    """Returns one of the two settings, which contradict each other."""
    return Experiment(
        name=name,
        title=title,
        program="run_ner.py",
        recipe=recipe,
        flags={"task_name": "jnlpba"},
        folders=_FOLDERS,
        headline="entity_f1",
        published=(
            Cell("SciBERT cased, softmax", 74.90, TUNED_ON_TEST, note=note),
            _CRF,
        ),
    )


TABLE = PublishedTable(
    name="scibert_ner",
    title="SciBERT: JNLPBA, five types, softmax head",
    paper="fran-martinez/bio_ner_bert, README; model card "
    "scibert_scivocab_cased_ner_jnlpba",
    metric="entity F1, micro over five types (seqeval)",
    protocol="six epochs, the best one (the fifth) chosen on what its code "
    "calls validation and is JNLPBA's test data; here dev chooses. The README "
    "says scivocab cased, 5e-5, batches of 32; train_ner.py's constants say "
    "scivocab uncased, 1e-4, 4 x 8: which of them made the score cannot be "
    "both. Words beyond 128 pieces are not counted as missed there; here they "
    "are",
    cost="13 minutes of one V100 in float32 (estimated: 18,546 rows, 6 epochs, "
    "at the 148 rows of 128 pieces a second that NVIDIA published)",
    experiments=(
        _setting(
            "jnlpba_readme",
            "JNLPBA, the README's settings",
            recipe="scibert_ner.flags",
            note=_TYPES,
        ),
        _setting(
            "jnlpba_constants",
            "JNLPBA, the constants of train_ner.py",
            recipe="scibert_ner_constants.flags",
            note="published for the README's settings, which are others",
        ),
    ),
)
