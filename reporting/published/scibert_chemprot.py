"""SciBERT, ChemProt with 13 classes (Beltagy et al., EMNLP 2019)."""

from reporting.experiments import MEAN, Cell, Experiment, PublishedTable

TABLE = PublishedTable(
    name="scibert_chemprot",
    title="SciBERT: ChemProt, 13 classes",
    paper="Beltagy et al., EMNLP 2019 (D19-1371), table of results",
    metric="micro F1 of 13 classes, which is accuracy (allenai/scibert issues "
    "85, 112); not that of BioBERT's and BLUE's five classes",
    protocol="rate and epochs chosen on dev, then the mean over seeds; pairs "
    "without a relation are not in the files. Its macro F1 is about 50 (issue "
    "112)",
    cost="4 minutes of one V100 in float32, its grid an hour (estimated: 4,169 "
    "rows, 4 epochs, at 72 rows of 256 pieces a second)",
    experiments=(
        Experiment(
            name="chemprot",
            title="ChemProt, 13 classes",
            program="run_re.py",
            recipe="scibert_chemprot.flags",
            flags={"task_name": "chemprot_scibert"},
            folders=("chemprot-scibert", "text_classification/chemprot"),
            headline="micro_f1",
            published=(Cell("SciBERT", 83.64, MEAN),),
            grid={
                "num_train_epochs": ("2", "3", "4", "5"),
                "learning_rate": ("5e-6", "1e-5", "2e-5", "5e-5"),
            },
        ),
    ),
)
