"""Any table of labelled texts: --text_col, --text_b_col, --label_col.

TSV, CSV or JSON lines. The columns' names are recognised where the first line
has usual ones; labels are those of the training data.
"""

from dataclasses import replace

from tasks.text_corpus import Layout, TextCorpus

_TABLE = Layout(
    files=(),
    text_a=("text", "sentence", "sentence1", "text_a", "premise", 0),
    text_b=("sentence2", "text_b", "hypothesis"),
    may_be_single=True,
    label=("label", "labels", "gold_label", "class", "score", 1),
    example_id=("id", "index", "pairID", "guid"),
)


def _files(*stems: str) -> tuple[Layout, ...]:
    tables = [f"{stem}.{ending}" for ending in ("tsv", "csv") for stem in stems]
    lines = [f"{stem}.jsonl" for stem in stems]
    json_lines = replace(_TABLE, files=tuple(lines), reader="jsonl")
    return _TABLE.at(*tables), json_lines


TASK = TextCorpus(
    name="text",
    description="any labelled texts",
    train=_files("train"),
    dev=_files("dev", "devel", "valid", "validation", "val"),
    test=_files("test"),
)
