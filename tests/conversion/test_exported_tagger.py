"""The example of bio_ner_bert's README, and a tagger's exported folder."""

from __future__ import annotations

import json

import pytest

from conversion.conversion import convert
from inference.tagger import load_tagger
from tests import jnlpba_tagger


@pytest.mark.slow
@pytest.mark.shared
def test_a_sentence_in_a_protein_out(shared_dir, fixtures_dir, tmp_path):
    folder = jnlpba_tagger.train(
        tmp_path, shared=shared_dir, encoder=fixtures_dir / "demo_checkpoint"
    )
    found = load_tagger(str(folder))(jnlpba_tagger.SENTENCE)
    assert ("protein", jnlpba_tagger.PROTEIN) in [
        (entity.type, entity.surface) for entity in found
    ]
    exported = tmp_path / "exported"
    report = convert(str(folder), str(exported))
    assert report.head == "token_classification"
    assert report.largest_difference == 0.0
    assert set(report.left_out) == {
        "bert/pooler/dense/kernel",
        "bert/pooler/dense/bias",
    }
    config = json.loads((exported / "config.json").read_text())
    assert config["id2label"]["0"] == "O"
    assert config["label2id"]["B-protein"] > 0
    # The new folder is a model of this kit's, too.
    assert load_tagger(str(exported))(jnlpba_tagger.SENTENCE) == found
