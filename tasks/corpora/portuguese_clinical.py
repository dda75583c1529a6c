"""PortugueseClinicalNER (BioBERTpt's CLINpt): 281 neurology cases, 13 types.

Source: Lopes et al., BioNLP 2019 (W19-5024); fabioacl/PortugueseClinicalNER,
no licence stated ("please cite"). Spreadsheets of word, part of speech, lemma
and IOB2 tag; as files with the word first and the tag last they are read as
they are. The shared copy has 1772 sentences, 41,311 words, 11,233 entities in
train.tsv and 213, 5,245, 1,495 in devel.tsv.

Types: C condition, AS anatomical site, T test, R result, DT date or time, CH
characterization, THER therapy, EV evolution, N negation, V value, OBS
observation, RA route of administration, G genetics.

Published entity F1: 75 strict and 83 relaxed, "nearly", for BiLSTM-CRF (Lopes
et al., J Med Syst 2020, abstract; other splits). BioBERTpt's is not in the
sources of this kit.
"""

from tasks.corpus import TaggingCorpus

TASK = TaggingCorpus(
    name="portuguese_clinical",
    description="PortugueseClinicalNER, neurology cases, 13 types",
    expected_types=(
        *("C", "AS", "T", "R", "DT", "CH", "THER"),
        *("EV", "N", "V", "OBS", "RA", "G"),
    ),
)
