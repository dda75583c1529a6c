"""create_pretraining_data.py: blocks of text, and records without masks."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.block_options import BlockOptions
from preprocessing.dynamic_masking import DynamicMasker, TokenRows
from preprocessing.instance_options import InstanceOptions
from preprocessing.manifest import load_manifest
from preprocessing.records import iterate_examples, read_examples
from preprocessing.tokenization import load_wordpiece
from preprocessing.vocabulary_facts import vocabulary_facts
from tests.test_create_pretraining_data import refusal, run

MASKS = {"masked_lm_ids", "masked_lm_positions", "masked_lm_weights"}


@pytest.fixture
def given(tmp_path, fixtures_dir, golden_dir):
    """Flags of a run on the sample corpus into tmp_path/out."""
    return {
        "input_file": fixtures_dir / "sample_corpus" / "abstracts.txt",
        "output_file": tmp_path / "out" / "a.tfrecord",
        "vocab_file": golden_dir / "tokenization" / "vocab_uncased_2k.txt",
    }


@pytest.fixture
def tokenizer(given):
    return load_wordpiece(str(given["vocab_file"]), lower_case=True)


def stream(given, tokenizer):
    """Returns the pieces of the whole text."""
    return tokenizer.encode(given["input_file"].read_text("utf-8"))


def restored(example):
    """Returns a record's pieces as they were before they were masked."""
    ids = example["input_ids"].copy()
    ids[example["masked_lm_positions"]] = example["masked_lm_ids"]
    return ids.tolist()


def test_blocks_are_the_text(given, tokenizer):
    blocks = {"objective": "mlm_blocks", "block_size": 40, "dupe_factor": 1}
    assert run(**given, **blocks) == 0
    path = str(given["output_file"])
    pieces = stream(given, tokenizer)
    expected = sorted(
        [tokenizer.cls_id, *pieces[i : i + 38], tokenizer.sep_id]
        for i in range(0, len(pieces) - 37, 38)
    )
    records = list(iterate_examples(path))
    assert sorted(map(restored, records)) == expected
    counts = {len(record["masked_lm_ids"]) for record in records}
    assert max(counts) > 2 * round(0.15 * 40)  # nothing caps them
    manifest = load_manifest(path)
    assert not manifest.padded
    assert "next_sentence_labels" not in manifest.features
    assert manifest.max_seq_length == 40
    assert manifest.max_predictions_per_seq == 38
    assert manifest.flags["objective"] == "mlm_blocks"
    assert manifest.flags["dynamic_masking"] is False
    assert "short_seq_prob" not in manifest.flags


def test_blocks_without_masks(given, tokenizer):
    """One pass unless more are asked for, which is refused."""
    blocks = {"objective": "mlm_blocks", "block_size": 40}
    assert run(**given, **blocks, dynamic_masking=True) == 0
    path = str(given["output_file"])
    pieces = stream(given, tokenizer)
    rows = read_examples(path)
    assert not MASKS & rows.keys()
    assert len(rows["input_ids"]) == len(pieces) // 38
    kept = len(pieces) // 38 * 38
    assert sorted(rows["input_ids"][:, 1:-1].ravel()) == sorted(pieces[:kept])
    facts = vocabulary_facts(tokenizer)
    masker = DynamicMasker(BlockOptions(dupe_factor=1, block_size=40), facts)
    check_masks(masker, rows, share=0.15)
    message = refusal(**given, **blocks, dynamic_masking=True, dupe_factor=2)
    assert "--dupe_factor=2" in message


def test_pairs_without_masks(given, tokenizer):
    """The pairs are drawn as ever; the masks are left out."""
    pairs = {"max_seq_length": 64, "dupe_factor": 2}
    assert run(**given, **pairs, dynamic_masking=True) == 0
    path = str(given["output_file"])
    rows = read_examples(path)
    assert not MASKS & rows.keys()
    assert not (rows["input_ids"] == tokenizer.mask_id).any()
    manifest = load_manifest(path)
    assert manifest.padded
    assert manifest.max_predictions_per_seq == 20
    assert manifest.flags["dynamic_masking"] is True
    assert manifest.features.keys() == rows.keys()
    options = InstanceOptions(
        family="bert",
        max_seq_length=64,
        max_predictions_per_seq=20,
        dupe_factor=2,
        do_whole_word_mask=False,
    )
    masker = DynamicMasker(options, vocabulary_facts(tokenizer))
    check_masks(masker, rows, share=0.15)


def check_masks(masker, rows, *, share):
    """Masks of two epochs differ, restore to the record, and are enough."""
    ids = rows["input_ids"].astype(np.int32)
    lengths = rows["input_mask"].sum(axis=1)
    token_rows = TokenRows.of_padded(ids, lengths)
    numbers = np.arange(len(ids))
    epochs = [masker.mask(token_rows, numbers, seed=7, epoch=i) for i in (0, 1)]
    assert (epochs[0].input_ids != epochs[1].input_ids).any()
    for epoch in epochs:
        back = epoch.input_ids.copy()
        row, column = np.nonzero(epoch.masked_lm_weights)
        positions = epoch.masked_lm_positions[row, column]
        back[row, positions] = epoch.masked_lm_ids[row, column]
        np.testing.assert_array_equal(back, ids)
        assert abs(len(row) / lengths.sum() - share) < 0.02


REFUSED = {
    "a length for blocks": (
        {"objective": "mlm_blocks", "max_seq_length": 128},
        "--max_seq_length",
    ),
    "documents of blocks": (
        {"objective": "mlm_blocks", "held_out_fraction": 0.1},
        "--held_out_fraction",
    ),
    "whole words of blocks": (
        {"objective": "mlm_blocks", "do_whole_word_mask": True},
        "--do_whole_word_mask",
    ),
    "a block size for pairs": ({"block_size": 64}, "--block_size"),
    "exchanges drawn later": (
        {
            "family": "albert",
            "do_permutation": True,
            "dynamic_masking": True,
        },
        "--do_permutation",
    ),
}


@pytest.mark.parametrize("way", REFUSED)
def test_refusals(given, tmp_path, way):
    change, named = REFUSED[way]
    assert named in refusal(**given | change)
    assert not (tmp_path / "out").exists()


def test_too_little_text_for_a_block(given, tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("a few words\n")
    values = given | {"input_file": path, "objective": "mlm_blocks"}
    assert "--block_size" in refusal(**values)
    assert not list((tmp_path / "out").glob("*"))


def test_blocks_in_units(given, tmp_path):
    made = []
    for num_workers in (1, 2):
        folder = tmp_path / str(num_workers)
        assert (
            run(
                **given | {"output_file": folder / "a"},
                objective="mlm_blocks",
                block_size=32,
                num_workers=num_workers,
                unit_megabytes=0.01,
            )
            == 0
        )
        made.append({x.name: x.read_bytes() for x in folder.iterdir()})
    assert made[0] == made[1]
    assert len(made[0]) > 3


def test_files_of_blocks_without_blank_lines_are_units(given, tmp_path):
    for number in range(5):
        path = tmp_path / "parts" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"text {number} of words\n" * 300)
    values = given | {"input_file": tmp_path / "parts" / "*.txt"}
    blocks = {"objective": "mlm_blocks", "block_size": 32}
    run(**values, **blocks, num_workers=1, unit_megabytes=0.004)
    assert len(list((tmp_path / "out").glob("a*"))) == 5


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"joint_replacement": True}, "--joint_replacement"),
        ({"words_cross_separator": False}, "--words_cross_separator"),
        ({"pair_single_segments": False}, "--pair_single_segments"),
        ({"held_out_fraction": "nan"}, "--held_out_fraction"),
        ({"masked_lm_prob": "nan"}, "--masked_lm_prob"),
    ],
)
def test_flags_that_would_do_nothing(given, change, named):
    assert named in refusal(**given | change)


def test_few_predictions_are_said(given, caplog):
    with caplog.at_level("INFO", logger="absl"):
        run(**given, max_seq_length=512, dupe_factor=1)
    assert "--max_predictions_per_seq=20 masks 4 % of 512" in caplog.text
    assert "77 would" in caplog.text
