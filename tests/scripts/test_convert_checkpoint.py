"""scripts/convert_checkpoint.py: its flags, and that they arrive."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from absl import flags

from conversion import parity
from foundation.errors import InputError
from scripts import convert_checkpoint


@pytest.fixture(autouse=True)
def few_sentences(monkeypatch):
    few = parity.sentences()[:3]
    monkeypatch.setattr(parity, "sentences", lambda: few)


def _run(*arguments: object) -> None:
    fv = flags.FlagValues()
    convert_checkpoint.define_flags(fv)
    fv(["convert_checkpoint.py", *map(str, arguments)])
    convert_checkpoint.run(fv)


def test_there_and_back(fixtures_dir, tmp_path, capsys):
    source = fixtures_dir / "demo_checkpoint"
    _run(
        f"--from={source}/model.ckpt-3000.index",
        f"--to={tmp_path}/hf",
        "--noclinical_notes",
        "--license=apache-2.0",
        "--data_license=abstracts, free to read",
        "--pretraining_length=128",
    )
    told = capsys.readouterr().out
    assert "largest difference of logits on 3 sentences: 0" in told
    assert "tokenizer: the same ids in 3 of 3 sentences" in told
    card = (tmp_path / "hf" / "README.md").read_text()
    for part in ("license: apache-2.0", "free to read", "rows of 128"):
        assert part in card
    report = json.loads((tmp_path / "hf" / "conversion.json").read_text())
    assert report["num_lines_cut_alike"] == 3
    # The casing given wins over the vocabulary's.
    _run(
        f"--from={tmp_path}/hf",
        f"--to={tmp_path}/again",
        "--to_format=huggingface",
        "--do_lower_case=false",
        "--gelu=erf",
    )
    again = tmp_path / "again"
    settings = json.loads((again / "tokenizer_config.json").read_text())
    assert settings["do_lower_case"] is False
    assert json.loads((again / "config.json").read_text())["hidden_act"] == (
        "gelu"
    )


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(InputError, match="--from is missing"):
        _run(f"--to={tmp_path}/hf")
    with pytest.raises(InputError, match="--to is missing"):
        _run(f"--from={tmp_path}/hf")


def test_help_needs_no_tensorflow(root_dir):
    code = (
        "import sys; sys.argv[1:] = ['--help']; import runpy\n"
        "try: runpy.run_path('scripts/convert_checkpoint.py', "
        "run_name='__main__')\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root_dir, check=True)
