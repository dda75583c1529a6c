"""EBM-NLP: participants, interventions and outcomes in 4,993 abstracts.

Source: Nye et al., ACL 2018; bepnye/EBM-NLP, licence not stated. Files:
SciBERT's data/pico/ebmnlp (train.txt, dev.txt, test.txt of four columns, tags
I-PAR, I-INT, I-OUT and O), or with P, I, O for the types (B-P, I-O, ...). The
bare classes of the release's own scripts (1_p, or I, P, O and N, where O is an
outcome) are not tags of entities and must be rewritten.

Published entity F1: none. The papers report word-level macro F1 over the
three types, which is word_type_f1 here: PubMedBERT 73.38, BioBERT 73.18,
SciBERT 73.12, BioLinkBERT-base 73.97 (BLURB, second hand); SciBERT frozen
71.18 (Papers with Code). The I tags have no B: entities that touch are one.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="ebm_pico",
    description="EBM-NLP participants, interventions, outcomes",
    expected_types=("PAR", "INT", "OUT", "P", "I", "O"),
    headline="word_type_f1",
)
