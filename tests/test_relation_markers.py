"""Marked entities from original files to predictions, in both families."""

from __future__ import annotations

import json
import shutil

import pytest
from absl import flags

import run_re as run_re_script
from cli import classification_run
from modeling.weights import tf1
from tests import ner_runs
from tests.scripts.script_runs import run_program
from tests.tiny_configs import tiny_albert, tiny_bert

pytestmark = pytest.mark.slow

TABLE = "bert/embeddings/word_embeddings"


@pytest.fixture(scope="module")
def data_dir(root_dir, fixtures_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chemprot")
    done = run_program(
        root_dir,
        "scripts/convert_relations.py",
        "--corpus=chemprot",
        f"--input={fixtures_dir / 'relations' / 'chemprot'}",
        f"--output_dir={folder}",
        "--entity_format=marker",
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run_re():
    def run(*words):
        fv = flags.FlagValues()
        run_re_script.define_flags(fv)
        fv(["run_re.py", "--task_name=chemprot", *words])
        assert classification_run.run_all(fv, script="relation") == 0

    return run


def train(run_re, model, vocabulary, data_dir, out, *words):
    return run_re(
        f"--init_checkpoint={model / 'model.ckpt-1000000'}",
        f"--bert_config_file={model / 'bert_config.json'}",
        vocabulary,
        f"--data_dir={data_dir}",
        f"--output_dir={out}",
        "--entity_format=marker",
        "--do_train",
        "--max_seq_length=64",
        "--train_batch_size=4",
        "--seed=1",
        *words,
    )


def predict_text(run_re, out, tmp_path):
    """Predicts a marked text with what is in a run's folder alone."""
    text = tmp_path / "texts.txt"
    text.write_text(
        "The [E1] rat [/E1] eats [E2] mice [/E2].\n"
        "The << rat >> eats [[ mice ]].\n"
    )
    run_re(
        f"--predict_file={text}",
        f"--init_checkpoint={out}",
        f"--output_dir={tmp_path / 'predicted'}",
    )
    lines = (tmp_path / "predicted" / "predictions.tsv").read_text().split("\n")
    _, first, second = (line.split("\t") for line in lines[:3])
    assert first[1:] == second[1:]  # one form, the same numbers


def test_albert_grows_by_four_rows(run_re, data_dir, golden_dir, tmp_path):
    model = tmp_path / "albert"
    model.mkdir()
    vocabulary = shutil.copy(
        golden_dir / "tokenization" / "spm_2k.model", model / "30k-clean.model"
    )
    ner_runs.write_model(
        model,
        tiny_albert(vocab_size=2000, embedding_size=16, **ner_runs.SIZES),
    )
    out = tmp_path / "out"
    flag = f"--spm_model_file={vocabulary}"
    for epochs, steps in ((2, 4), (4, 9)):
        train(
            run_re,
            model,
            flag,
            data_dir,
            out,
            f"--num_train_epochs={epochs}",
            "--do_predict",
        )
        table = tf1.Tf1Bundle(str(out / f"model.ckpt-{steps}")).read(TABLE)
        assert len(table) == 2004
    config = json.loads((out / "albert_config.json").read_text())
    assert config["vocab_size"] == 2004
    assert json.loads((out / "entity_markers.json").read_text()) == {
        "[E1]": 2000,
        "[/E1]": 2001,
        "[E2]": 2002,
        "[/E2]": 2003,
    }
    assert len((out / "test_results.tsv").read_text().splitlines()) == 2
    predict_text(run_re, out, tmp_path)


def test_bert_uses_unused_pieces(run_re, data_dir, golden_dir, tmp_path):
    model = tmp_path / "bert"
    model.mkdir()
    pieces = (golden_dir / "tokenization" / "vocab_uncased_2k.txt").read_text(
        "utf-8"
    )
    pieces += "".join(f"[unused{n}]\n" for n in range(1, 5))
    (model / "vocab.txt").write_text(pieces, "utf-8")
    size = pieces.count("\n")
    ner_runs.write_model(model, tiny_bert(vocab_size=size, **ner_runs.SIZES))
    out = tmp_path / "out"
    train(run_re, model, f"--vocab_file={model / 'vocab.txt'}", data_dir, out)
    found = json.loads((out / "entity_markers.json").read_text())
    assert list(found.values()) == [*range(size - 4, size)]
    predict_text(run_re, out, tmp_path)
