"""EU-ADR: is a gene associated with a disease?

Source: van Mulligen et al., J Biomed Inform 2012; BioBERT's files, ten folds
in folders 1 to 10, the pair as @GENE$ and @DISEASE$. dev.tsv is empty. 355
sentences.

Published F1 of class 1, ten folds: BERT 84.62, BioBERT v1.0 PMC 86.51
(btz682).
"""

from tasks.text_layouts import binary_relation_corpus

TASK = binary_relation_corpus("euadr", "EU-ADR: genes and diseases")
