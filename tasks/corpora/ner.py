"""Any tagged files: CoNLL, TSV or CSV, with or without types, IOB or IOBES.

Labels are taken from the training file. This is also BioBERT's one task,
"NER" (run_ner.py of dmis-lab/biobert: B, I and O without type).
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="ner",
    description="any tagged files; labels are taken from train",
)
