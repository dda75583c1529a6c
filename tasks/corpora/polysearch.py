"""PolySearch: are two entities of a sentence related?

Source: Cheng et al., Nucleic Acids Res 2008; one of the binary tasks of
BioBERT's run_re.py, in the files of GAD.

Published F1: none for this task by BioBERT.
"""

from tasks.text_layouts import binary_relation_corpus

TASK = binary_relation_corpus("polysearch", "PolySearch: related entities")
