"""miRNA and disease: are the two related?

Source: Bagewadi et al., F1000Research 2014; one of the binary tasks of
BioBERT's run_re.py, in the files of GAD.

Published F1: none for this task by BioBERT.
"""

from tasks.text_layouts import binary_relation_corpus

TASK = binary_relation_corpus("mirnadisease", "miRNAs and diseases")
