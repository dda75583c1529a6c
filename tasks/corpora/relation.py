"""Any sentences with two marked entities: --text_col, --label_col.

TSV, CSV or JSON lines, read as BioBERT's and BlueBERT's relation files are
where the columns have no names; labels are those of the training data. With a
label "false" that is no class of micro and macro F1.
"""

from tasks.text_corpus import TextCorpus
from tasks.text_layouts import SENTENCES, any_files

TASK = TextCorpus(
    name="relation",
    description="any sentences with two marked entities",
    script="relation",
    train=any_files(SENTENCES, "train"),
    dev=any_files(SENTENCES, "dev", "devel", "valid", "validation", "val"),
    test=any_files(SENTENCES, "test"),
    negative="false",
    headline="micro_f1",
)
