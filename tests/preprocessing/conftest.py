"""What several tests of records are made with."""

import pytest

from preprocessing.tokenization import load_sentencepiece, load_wordpiece


@pytest.fixture(scope="session")
def tokenizers(golden_dir):
    """The small vocabularies of the recorded runs, by family."""
    folder = golden_dir / "tokenization"
    vocabulary = str(folder / "vocab_uncased_2k.txt")
    model = str(folder / "spm_2k.model")
    return {
        "bert": load_wordpiece(vocabulary, lower_case=True),
        "albert": load_sentencepiece(model, lower_case=True),
    }
