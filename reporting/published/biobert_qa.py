"""BioBERT, questions: factoids of BioASQ 4b, 5b, 6b (btz682, table 8)."""

from reporting.experiments import (
    BEST_RUN,
    SINGLE_RUN,
    Cell,
    Experiment,
    PublishedTable,
)


def _year(name: str, *, bert: float, biobert: float) -> Experiment:
    """Returns the row of a year's challenge."""
    return Experiment(
        name=f"bioasq_{name}",
        title=f"BioASQ {name}, factoids",
        program="run_qa.py",
        recipe="biobert_bioasq.flags",
        flags={"task_name": f"bioasq_{name}"},
        folders=("BioASQ",),
        headline="bioasq_mrr",
        published=(
            Cell("BERT", bert, SINGLE_RUN),
            Cell(
                "BioBERT",
                biobert,
                BEST_RUN,
                note="the best of the paper's checkpoints",
            ),
        ),
        access="registration at bioasq.org; BioBERT's files have the names "
        "BioASQ-train-factoid-4b.json and so on, the golden answers 4B1_golden"
        ".json and so on",
    )


TABLE = PublishedTable(
    name="biobert_qa",
    title="BioBERT: factoid questions",
    paper="Lee et al., Bioinformatics 2020 (btz682), table 8",
    metric="mean reciprocal rank of the first right answer of five (BioASQ's "
    "official measure), over the five batches of a year",
    protocol="trained on SQuAD 1.1 first (biobert_squad.flags); about 30 % of "
    "the training questions have no answer in their passage and were left "
    "out. BioBERT v1.1 over all three years: strict accuracy 38.77, lenient "
    "53.81, MRR 44.77. Nobody published a mean over runs",
    cost="less than an hour a year on a Titan Xp (published); SQuAD before it "
    "an hour of one V100 in float32 (estimated: 88,000 windows, 2 epochs, at "
    "47 rows of 384 pieces a second)",
    experiments=(
        _year("4b", bert=33.77, biobert=35.17),
        _year("5b", bert=44.27, biobert=51.64),
        _year("6b", bert=40.88, biobert=48.43),
    ),
)
