"""AnatEM: anatomical entities, healthy or not, in 1,212 documents.

Source: Pyysalo and Ananiadou, Bioinformatics 2014 (CC BY-SA 3.0), over 13,000
mentions of 12 types. Files: cambridgeltl/MTL-Bioinformatics-2016, AnatEM-IOB,
where all are Anatomy; files with the 12 types are read too.

Published entity F1: none in the sources of this kit.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="anatem",
    description="AnatEM anatomical entities",
    expected_types=("Anatomy",),
    takes_other_types=True,
)
