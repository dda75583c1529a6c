"""probe_mlm.py: tables, JSON, and what it refuses."""

from __future__ import annotations

import json

import pytest

from foundation.errors import InputError
from tests.feature_runs import probe


@pytest.fixture(scope="module")
def model(fixtures_dir):
    return fixtures_dir / "demo_checkpoint"


def test_prompts_and_a_held_out_file(model, fixtures_dir, tmp_path, capsys):
    prompts, output = tmp_path / "prompts.txt", tmp_path / "probe.json"
    prompts.write_text("Zebrafish [MASK] cells\r\n[MASK] of [MASK]\n")
    flags = {
        "init_checkpoint": model,
        "held_out_file": fixtures_dir / "sample_corpus" / "abstracts.txt",
        "max_positions": 40,
        "top_k": 3,
    }
    probe(
        text=["The [MASK] gene.", "a [MASK]"],
        input_file=prompts,
        output_file=output,
        **flags,
    )
    shown = capsys.readouterr().out
    assert "zebra" not in shown.lower()  # no text of a file
    found = json.loads(output.read_text("utf-8"))
    places = [(g["text"], g["mask"]) for g in found["guesses"]]
    assert places == [(1, 1), (2, 1), (3, 1), (4, 1), (4, 2)]
    for guess in found["guesses"]:
        values = [p["probability"] for p in guess["pieces"]]
        assert len(values) == 3
        assert values == sorted(values, reverse=True)
        for piece in guess["pieces"]:
            assert piece["piece"] in shown
    held_out = found["held_out"]
    assert held_out["num_scored"] == 40
    assert held_out["num_lines"] == 406
    assert held_out["num_pieces"] > 10_000
    assert 1 < held_out["loss"] < 5
    assert f"{held_out['loss']:.4f} +- {held_out['loss_error']:.4f}" in shown
    assert not found["looks_random"]
    assert found["gelu"] == "tanh"

    probe(output_file=output, overwrite_output=True, **{**flags, "top_k": None})
    again = json.loads(output.read_text("utf-8"))
    assert again["held_out"] == held_out  # the same draw
    assert again["guesses"] == []


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({}, "there is nothing to guess"),
        ({"text": "a <mask>"}, "--text, number 1: .*got '<mask>'"),
        ({"text": "[MASK]", "top_k": 2049}, "expected at most 2048"),
        ({"text": "[MASK]", "seed": 1}, "--seed=1 without --max_positions"),
        ({"text": "[MASK]", "max_positions": 1}, "without --held_out_file"),
    ],
)
def test_refusals(model, flags, message):
    with pytest.raises(InputError, match=message):
        probe(init_checkpoint=model, **flags)


def test_a_line_without_mask_is_named(model, tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("[MASK] a\nsecret\n")
    with pytest.raises(InputError, match=r"prompts.txt:2: .*got none") as told:
        probe(init_checkpoint=model, input_file=prompts)
    assert "secret" not in str(told.value)


def test_a_held_out_file_of_nothing(model, tmp_path):
    path = tmp_path / "empty.txt"
    path.write_text("\n \n")
    with pytest.raises(InputError, match="2 lines without a piece"):
        probe(init_checkpoint=model, held_out_file=path)
