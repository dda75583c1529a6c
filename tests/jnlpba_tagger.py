"""A small tagger of JNLPBA's five types, trained here in half a minute."""

from __future__ import annotations

import pathlib

from tests import ner_runs

# bio_ner_bert's README has this sentence and what its model finds in it.
SENTENCE = (
    "Mouse thymus was used as a source of glucocorticoid receptor from normal "
    "CS lymphocytes."
)
PROTEIN = "glucocorticoid receptor"
_NUM_SENTENCES = 500
_WORDS = ("glucocorticoid", "lymphocytes")  # of the sentences learned from


def sentences_of(tsv: pathlib.Path) -> list[str]:
    """Returns the sentences of a file, a word and its tag a line."""
    return [s for s in tsv.read_text("utf-8").split("\n\n") if s.strip()]


def train(folder: pathlib.Path, *, shared: pathlib.Path, encoder: pathlib.Path):
    """Trains a tagger on part of JNLPBA; returns its folder."""
    corpus = shared / "data/ner/JNLPBA-5type/fine-tokens"
    chosen = [
        sentence
        for sentence in sentences_of(corpus / "train.tsv")
        if any(word in sentence.lower() for word in _WORDS)
    ]
    data = folder / "data"
    data.mkdir()
    text = "\n\n".join(chosen[:_NUM_SENTENCES]) + "\n\n"
    (data / "train.tsv").write_text(text, "utf-8")
    ner_runs.run_flags(
        do_train=True,
        do_eval=False,
        do_predict=False,
        data_dir=data,
        init_checkpoint=encoder / "model.ckpt-3000",
        output_dir=folder / "tagger",
        max_seq_length=64,
        train_batch_size=16,
        num_train_epochs=8,
        learning_rate=1e-3,
        seed=1,
    )
    return folder / "tagger"
