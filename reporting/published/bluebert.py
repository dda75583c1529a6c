"""BLUE: BlueBERT's ten corpora (Peng et al., BioNLP 2019; BLUE's README)."""

from reporting.experiments import (
    BEST_RUN,
    MEAN,
    SINGLE_RUN,
    Cell,
    Experiment,
    PublishedTable,
)

_MODELS = (
    "BioBERT",
    "BlueBERT base P",
    "BlueBERT base P+M",
    "BlueBERT large P",
    "BlueBERT large P+M",
)
_WADA = "sy-wada/blue_benchmark_with_transformers, README: 5 seeds"
_CLASSIFIER, _NER, _RE = "run_classifier.py", "run_ner.py", "run_re.py"
_MIMIC = "PhysioNet, credentialed"
# README and metric of DDI changed on 2019-08-13, its scores did not.
_DDI = "called micro F1 before August 2019, macro F1 after, the same scores"
_BIOSSES = "best of several seeds on dev, by sy-wada's account; 20 test pairs"


def _row(
    name: str,
    title: str,
    *,
    run: tuple[str, str, str, str],
    scores: tuple[float, ...],
    again: tuple[float, float],
    folders: tuple[str, ...],
    access: str = "",
) -> Experiment:
    """Returns a row.

    Args:
      name: of the experiment.
      title: of the corpus.
      run: program, recipe, task, headline.
      scores: of the five models of BLUE's README.
      again: mean and sd of five runs with BioBERT v1.1.
      folders: names of the data folder.
      access: where the corpus is of patients' notes.
    """
    program, recipe, task, headline = run
    kind = BEST_RUN if name == "biosses" else SINGLE_RUN
    note = {"biosses": _BIOSSES, "ddi": _DDI}.get(name, "")
    cells = [
        Cell(model, score, kind, note=note)
        for model, score in zip(_MODELS, scores, strict=True)
    ]
    mean, sd = again
    cells.append(
        Cell("BioBERT v1.1", mean, MEAN, honest=True, sd=sd, source=_WADA)
    )
    return Experiment(
        name=name,
        title=title,
        program=program,
        recipe=recipe,
        flags={"task_name": task},
        folders=folders,
        headline=headline,
        published=tuple(cells),
        clinical=bool(access),
        access=access,
    )


TABLE = PublishedTable(
    name="bluebert",
    title="BLUE: BlueBERT's ten corpora",
    paper="Peng et al., BioNLP 2019 (W19-5006); table of BLUE_Benchmark's "
    "README",
    metric="similarity: Pearson correlation; entities: exact F1; relations: "
    "micro F1 without the class of none, DDI macro F1 of four types; HoC: "
    "example-based F1 of documents; MedNLI: accuracy",
    protocol="settings of BlueBERT's README, one run each; P is pretrained on "
    "PubMed, P+M on PubMed and MIMIC-III. Entities were trained on train and "
    "dev together. sy-wada chose rates and epochs on dev, then ran five "
    "seeds: BioBERT v1.1's ten corpora have a mean of 82.8 (sd 0.1), BlueBERT "
    "base P 82.9 (0.1), base P+M 81.6 (0.5). BioBERT is cased: "
    "--set=do_lower_case=false",
    cost="one V100 in float32: similarity up to 3 minutes, HoC 4, MedNLI 13, "
    "relations 21 to 25, BC5CDR 31 (estimated: rows x epochs at the 148 rows "
    "of 128 pieces a second that NVIDIA published for BERT-base); large models "
    "3.5 times that",
    experiments=(
        _row(
            "medsts",
            "MedSTS, similarity of notes",
            run=(_CLASSIFIER, "bluebert_sts.flags", "medsts", "pearson"),
            scores=(84.5, 84.5, 84.8, 84.6, 83.2),
            again=(84.9, 0.5),
            folders=("MedSTS", "ClinicalSTS"),
            access="on request, Wang et al. 2018 (n2c2 2019, track 1)",
        ),
        _row(
            "biosses",
            "BIOSSES, similarity of papers' sentences",
            run=(_CLASSIFIER, "bluebert_sts.flags", "biosses", "pearson"),
            scores=(82.7, 89.3, 91.6, 86.3, 75.1),
            again=(89.3, 1.7),
            folders=("BIOSSES",),
        ),
        _row(
            "bc5cdr_disease",
            "BC5CDR, diseases",
            run=(_NER, "bluebert_ner.flags", "bc5cdr_disease", "entity_f1"),
            scores=(85.9, 86.6, 85.4, 82.9, 83.8),
            again=(85.7, 0.4),
            folders=("BC5CDR-disease", "BC5CDR/disease"),
        ),
        _row(
            "bc5cdr_chem",
            "BC5CDR, chemicals",
            run=(_NER, "bluebert_ner.flags", "bc5cdr_chem", "entity_f1"),
            scores=(93.0, 93.5, 92.4, 91.7, 91.1),
            again=(93.3, 0.1),
            folders=("BC5CDR-chem", "BC5CDR/chem", "BC5CDR-chemical"),
        ),
        _row(
            "share_clefe",
            "ShARe/CLEF eHealth 2013, disorders",
            run=(_NER, "bluebert_ner.flags", "share_clefe", "entity_f1"),
            scores=(72.8, 75.4, 77.1, 72.7, 74.4),
            again=(78.0, 0.8),
            folders=("clefe", "ShARe_CLEFE"),
            access=_MIMIC,
        ),
        _row(
            "ddi",
            "DDI 2013, drugs with drugs",
            run=(_RE, "bluebert_re.flags", "ddi", "macro_f1"),
            scores=(78.8, 78.1, 79.4, 79.9, 76.3),
            again=(80.4, 0.4),
            folders=("DDI", "ddi2013", "ddi2013-type", "ddi13"),
        ),
        _row(
            "chemprot",
            "ChemProt, chemicals and proteins",
            run=(_RE, "bluebert_re.flags", "chemprot", "micro_f1"),
            scores=(71.3, 72.5, 69.2, 74.4, 65.1),
            again=(73.3, 0.4),
            folders=("ChemProt",),
        ),
        _row(
            "i2b2_2010_relations",
            "i2b2 2010, relations",
            run=(_RE, "bluebert_re.flags", "i2b2_2010", "micro_f1"),
            scores=(72.2, 74.4, 76.4, 73.3, 73.9),
            again=(74.5, 0.6),
            folders=("i2b2_2010_relations", "i2b2-2010", "i2b2"),
            access="data use agreement with n2c2 (Harvard DBMI)",
        ),
        _row(
            "hoc",
            "Hallmarks of Cancer",
            run=(
                _CLASSIFIER,
                "bluebert_hoc.flags",
                "hoc",
                "document_example_f1",
            ),
            scores=(82.9, 85.3, 83.1, 87.3, 85.3),
            again=(85.8, 0.6),
            folders=("hoc", "hoc/bluebert-format"),
        ),
        _row(
            "mednli",
            "MedNLI",
            run=(_CLASSIFIER, "bluebert_mednli.flags", "mednli", "accuracy"),
            scores=(80.5, 82.2, 84.0, 81.5, 83.8),
            again=(82.9, 0.7),
            folders=("mednli",),
            access=_MIMIC,
        ),
    ),
)
