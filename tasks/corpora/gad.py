"""GAD: is a gene associated with a disease?

Source: Bravo et al., BMC Bioinformatics 2015; BioBERT's files, ten folds in
folders 1 to 10, the pair as @GENE$ and @DISEASE$. dev.tsv is empty. 5330
sentences.

Published F1 of class 1, ten folds: BERT 79.29, BioBERT v1.0 P 81.61 (btz682);
83.74 in BioBERT's sample of one fold; PubMedBERT 83.96 (BLURB's own split).
"""

from tasks.text_layouts import binary_relation_corpus

TASK = binary_relation_corpus("gad", "GAD: genes and diseases")
