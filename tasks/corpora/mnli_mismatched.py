"""MultiNLI, tested on other genres than it is trained on (ALBERT's mismnli).

Source: Williams et al., NAACL 2018; GLUE's folder MNLI.

Published accuracy: BERT base 83.4 (GLUE test, N19-1423).
"""

from dataclasses import replace

from tasks.corpora.mnli import TASK as MATCHED

TASK = replace(
    MATCHED,
    name="mnli_mismatched",
    description="MultiNLI, mismatched",
    dev=(MATCHED.dev[0].at("dev_mismatched.tsv"),),
    test=(MATCHED.test[0].at("test_mismatched.tsv"),),
)
