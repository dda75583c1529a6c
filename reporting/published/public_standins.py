"""Public corpora in the place of such as need a licence or registration."""

from reporting.experiments import Experiment, PublishedTable

TABLE = PublishedTable(
    name="public_standins",
    title="Public stand-ins for corpora under licence",
    paper="none: these are our own experiments with published settings",
    metric="HealthVer: accuracy; BioASQ: mean reciprocal rank of five answers",
    protocol="HealthVer (Sarrouti et al., 2021: claims about COVID-19 and "
    "evidence, three classes, 1,917 and 1,823 pairs) stands for MedNLI, with "
    "clinicalBERT's settings. BioASQ 4b to 5b trains on the answers of 4b's "
    "tests that are found in their passages, and answers 5b's: BioBERT's "
    "training file of 5b has more. No score of either is published, and none "
    "may be compared with MedNLI's or BioBERT's",
    cost="a minute (HealthVer), half an hour (BioASQ) of one V100 in float32 "
    "(estimated: rows x epochs at 126 rows of 150 pieces a second, 47 of 384)",
    experiments=(
        Experiment(
            name="healthver",
            title="HealthVer, in MedNLI's place",
            program="run_classifier.py",
            recipe="clinicalbert_mednli.flags",
            flags={"task_name": "mednli"},
            folders=("healthver/mednli-shape", "healthver"),
            headline="accuracy",
            grid={
                "num_train_epochs": ("3", "4", "5"),
                "learning_rate": ("2e-5", "3e-5", "5e-5"),
                # In two parts each: batches of 16 and 32.
                "train_batch_size": ("8", "16"),
            },
        ),
        Experiment(
            name="bioasq_4b_to_5b",
            title="BioASQ, from 4b's tests to 5b's",
            program="run_qa.py",
            recipe="biobert_bioasq.flags",
            flags={"task_name": "bioasq_4b_to_5b"},
            folders=("BioASQ",),
            headline="bioasq_mrr",
        ),
    ),
)
