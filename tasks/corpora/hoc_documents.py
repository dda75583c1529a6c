"""Hallmarks of Cancer: which of ten does an abstract show?

Source: Baker et al., Bioinformatics 2016; the files of `hoc`, whose sentences
are joined to the text of their document. BioBERT's and BlueBERT's scores are
of sentences; a whole abstract is what --overflow=window is for.

Published example-based F1 of documents: as for `hoc`.
"""

from dataclasses import replace

from tasks.corpora.hoc import TASK as SENTENCES

TASK = replace(
    SENTENCES,
    name="hoc_documents",
    description="Hallmarks of Cancer, whole abstracts",
    joins_documents=True,
)
