"""MultiNLI, tested on other genres than it is trained on (ALBERT's mismnli).

Source: Williams et al., NAACL 2018; GLUE's folder MNLI.

Published accuracy: see mnli.py; none of this part was read in its source.
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
