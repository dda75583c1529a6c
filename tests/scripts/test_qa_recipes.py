"""The two stages of BioBERT's question answering, by their flag files."""

from __future__ import annotations

import pytest
from absl import flags

import run_qa
from cli import qa_run
from tests import ner_runs, qa_runs


@pytest.mark.slow
def test_two_stages(root_dir, bert_dir, tmp_path):
    recipes = root_dir / "scripts" / "recipes"
    train = qa_runs.write(tmp_path / "q.json", qa_runs.paragraphs(12))
    start = bert_dir / "model.ckpt-1000000"
    for name in ("biobert_squad", "biobert_bioasq"):
        fv = flags.FlagValues()
        run_qa.define_flags(fv)
        given = {
            "flagfile": recipes / f"{name}.flags",
            "train_file": train,
            "predict_file": train,
            "vocab_file": bert_dir / "vocab.txt",
            "bert_config_file": bert_dir / "bert_config.json",
            "init_checkpoint": start,
            "output_dir": tmp_path / name,
            # Of a tiny model, which is uncased.
            "do_lower_case": "true",
            "max_seq_length": 48,
            "max_query_length": 12,
            "num_train_epochs": 1,
        }
        fv(["run_qa.py", *(f"--{k}={v}" for k, v in given.items())])
        assert fv.train_batch_size == 12
        assert fv.pad_to_max
        assert qa_run.run_all(fv) == 0
        start = tmp_path / name
    rate = 5e-6
    assert fv.learning_rate == pytest.approx(rate)
    # The second stage moved the first one's head by no more than its rate.
    heads = [
        ner_runs.checkpoint(tmp_path / name, 1)["cls/squad/output_weights"]
        for name in ("biobert_squad", "biobert_bioasq")
    ]
    assert abs(heads[0] - heads[1]).max() < 10 * rate
