"""Any table of labelled texts: --text_col, --text_b_col, --label_col.

TSV, CSV or JSON lines. The columns' names are recognised where the first line
has usual ones; labels are those of the training data.
"""

from tasks.text_corpus import Layout, TextCorpus
from tasks.text_layouts import any_files

_ROWS = Layout(
    files=(),
    text_a=("text", "sentence", "sentence1", "text_a", "premise", 0, 1),
    text_b=("sentence2", "text_b", "hypothesis"),
    may_be_single=True,
    label=("label", "labels", "gold_label", "class", "score", 1, 0),
    example_id=("id", "index", "pairID", "guid"),
)
TASK = TextCorpus(
    name="text",
    description="any labelled texts",
    train=any_files(_ROWS, "train"),
    dev=any_files(_ROWS, "dev", "devel", "valid", "validation", "val"),
    test=any_files(_ROWS, "test"),
)
