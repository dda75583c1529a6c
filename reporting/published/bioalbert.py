"""BioALBERT's six tasks: no score of a corpus can be had (BMC 2022)."""

from reporting.experiments import Experiment, PublishedTable

_N2C2 = "data use agreement with n2c2 (Harvard DBMI)"
_MIMIC = "PhysioNet, credentialed"


def _row(
    task: str,
    *,
    run: tuple[str, str, str],
    title: str,
    folders: tuple[str, ...],
    folds: int = 0,
    access: str = "",
) -> Experiment:
    """Returns a row; `run` is program, recipe, headline."""
    program, recipe, headline = run
    return Experiment(
        name=task,
        title=title,
        program=program,
        recipe=recipe,
        flags={"task_name": task},
        folders=folders,
        headline=headline,
        folds=folds,
        clinical=bool(access) and not task.startswith("bioasq"),
        access=access,
    )


_NER = ("run_ner.py", "bioalbert_ner.flags", "entity_f1")
_RE = ("run_re.py", "bioalbert_re.flags", "micro_f1")
_STS = ("run_classifier.py", "bioalbert_sts.flags", "pearson")
_QA = ("run_qa.py", "bioalbert_qa.flags", "bioasq_mrr")
_ENTITIES = (
    ("ncbi_disease", "NCBI disease", ("NCBI-disease",), ""),
    ("bc5cdr_disease", "BC5CDR, diseases", ("BC5CDR-disease",), ""),
    ("bc5cdr_chem", "BC5CDR, chemicals", ("BC5CDR-chem",), ""),
    ("bc4chemd", "BC4CHEMD, chemicals", ("BC4CHEMD",), ""),
    ("bc2gm", "BC2GM, genes", ("BC2GM",), ""),
    ("jnlpba", "JNLPBA, without types", ("JNLPBA",), ""),
    ("linnaeus", "LINNAEUS, species", ("linnaeus",), ""),
    ("s800", "Species-800", ("s800",), ""),
    ("share_clefe", "ShARe/CLEF 2013", ("clefe", "ShARe_CLEFE"), _MIMIC),
)

TABLE = PublishedTable(
    name="bioalbert",
    title="BioALBERT: six tasks",
    paper="Naseem et al., BMC Bioinformatics 2022 (s12859-022-04688-w, arXiv "
    "2107.04374)",
    metric="as BioBERT's and BLUE's: entity F1; F1 of relations; Pearson "
    "correlation; accuracy; example-based F1 of documents; mean reciprocal "
    "rank",
    protocol="its table of scores is in no source that we have. The abstract: "
    "the large model of PubMed is better than the state of the art by 11.09 "
    "BLURB points in entities, 0.80 in relations, 1.05 in similarity, 2.83 in "
    "questions and 0.62 F1 in documents, on 17 of 20 corpora. A gain of 11 "
    "points in entities is not possible by entity F1, where others reach 90: "
    "not reproducible as it stands. The corpora are those that the README of "
    "usmaann/BioALBERT lists; its commands name programs that are not there",
    cost="base, one V100 in float32: entities 7 to 70 minutes, relations 2 "
    "minutes a fold of GAD, 10,000 steps 36 minutes (estimated: rows x epochs "
    "at the 148 rows of 128 pieces a second that NVIDIA published for "
    "BERT-base, whose products are the same); large 3.5 times that",
    experiments=(
        *(
            _row(task, run=_NER, title=title, folders=folders, access=access)
            for task, title, folders, access in _ENTITIES
        ),
        _row("ddi", run=_RE, title="DDI 2013", folders=("DDI", "ddi2013")),
        _row("chemprot", run=_RE, title="ChemProt", folders=("ChemProt",)),
        _row(
            "i2b2_2010_relations",
            run=_RE,
            title="i2b2 2010, relations",
            folders=("i2b2_2010_relations", "i2b2-2010", "i2b2"),
            access=_N2C2,
        ),
        _row(
            "euadr",
            run=(*_RE[:2], "f1"),
            title="EU-ADR",
            folders=("euadr",),
            folds=10,
        ),
        _row(
            "gad", run=(*_RE[:2], "f1"), title="GAD", folders=("GAD",), folds=10
        ),
        _row("biosses", run=_STS, title="BIOSSES", folders=("BIOSSES",)),
        _row(
            "medsts",
            run=_STS,
            title="MedSTS",
            folders=("MedSTS", "ClinicalSTS"),
            access="on request, Wang et al. 2018 (n2c2 2019, track 1)",
        ),
        _row(
            "mednli",
            run=("run_classifier.py", "bioalbert_nli.flags", "accuracy"),
            title="MedNLI",
            folders=("mednli",),
            access=_MIMIC,
        ),
        _row(
            "hoc",
            run=(
                "run_classifier.py",
                "bioalbert_hoc.flags",
                "document_example_f1",
            ),
            title="Hallmarks of Cancer",
            folders=("hoc", "hoc/bluebert-format"),
        ),
        *(
            _row(
                f"bioasq_{year}",
                run=_QA,
                title=f"BioASQ {year}, factoids",
                folders=("BioASQ",),
                access="registration at bioasq.org",
            )
            for year in ("4b", "5b", "6b")
        ),
    ),
)
