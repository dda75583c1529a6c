"""MedSTS: how alike are two sentences of patients' notes, from 0 to 5?

Source: Wang et al., Lang Resour Eval 2018 (on request), 675/75/318 pairs in
BLUE's files: index, ..., sentence1, sentence2, score, by name or the last
three columns.

Published Pearson correlation: BioBERT 84.5, BlueBERT P+M 84.8 (BLUE).
"""

from tasks.text_layouts import similarity_corpus

TASK = similarity_corpus(
    "medsts", "MedSTS: clinical similarity", score_range=(0.0, 5.0)
)
