"""ShARe/CLEF eHealth 2013, task 1: disorders in clinical notes.

Source: 299 notes of MIMIC II (Suominen et al., CLEF 2013). Access: PhysioNet,
credentialed. Files as BLUE's create_clefe_bert.py makes them: Training.tsv,
Development.tsv, Test.tsv of word, document, offset and B, I or O;
4628/1075/5195 mentions. Of a mention in several parts the first word is B.

Published entity F1 (BLUE): BlueBERT-base P 75.4, P+M 77.1, large P 72.7, P+M
74.4; BioBERT 72.8, in sy-wada's repetition 78.0 (sd 0.8, 5 seeds). BlueBERT
trained on Training and Development together (--train_split=train_dev), so its
dev score is one on training data.
"""

from tasks.corpus import TaggingCorpus, file_names

TASK = TaggingCorpus(
    name="share_clefe",
    description="ShARe/CLEF eHealth 2013 disorders (BlueBERT's clefe)",
    train_files=file_names("Training", "training", "train"),
    dev_files=file_names("Development", "development", "devel", "dev"),
    test_files=file_names("Test", "test"),
)
