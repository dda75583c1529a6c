"""JNLPBA: molecular biology entities of five types.

Source: Kim et al., BioNLP 2004 (GENIA annotations, CC BY 3.0). 18,546
training and 3,856 evaluation sentences; files Genia4ERtask1.iob2 and
Genia4EReval1.iob2, or train/devel/test.

Published entity F1 over five types: SciBERT 77.28; the SciBERT NER model of
fran-martinez 74.90 (softmax head). BioBERT's files mark B, I, O without type
(protein, DNA and RNA alone): 77.59 for v1.0, 75.98 in biobert-pytorch. The
two kinds of score must not be compared.
"""

from tasks.corpus import TaggingCorpus, file_names

TASK = TaggingCorpus(
    name="jnlpba",
    description="JNLPBA, five types (not comparable with untyped files)",
    train_files=(*file_names("train"), "Genia4ERtask1.iob2"),
    test_files=(*file_names("test"), "Genia4EReval1.iob2"),
    expected_types=("DNA", "RNA", "cell_line", "cell_type", "protein"),
)
