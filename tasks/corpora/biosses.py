"""BIOSSES: how alike are two sentences of papers, from 0 to 4?

Source: Sogancioglu et al., Bioinformatics 2017 (GPL-3.0), 64/16/20 pairs in
BLUE's files: index, ..., sentence1, sentence2, score, by name or the last
three columns.

Published Pearson correlation: BioBERT 82.7, BlueBERT P+M 91.6 (BLUE).
"""

from tasks.text_layouts import similarity_corpus

TASK = similarity_corpus(
    "biosses", "BIOSSES: biomedical similarity", score_range=(0.0, 4.0)
)
