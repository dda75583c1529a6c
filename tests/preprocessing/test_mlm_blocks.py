import dataclasses
import random

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing import mlm_blocks
from preprocessing.corpus_files import FilePart
from preprocessing.documents import line_encoder
from preprocessing.mlm_blocks import (
    BlockOptions,
    PieceBlocks,
    create_block_instances,
    read_piece_blocks,
)
from preprocessing.records import (
    RecordFormat,
    feature_lengths,
    read_examples,
    write_records,
)
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from preprocessing.vocabulary_facts import vocabulary_facts
from tests.preprocessing.pretraining_cases import padded, rows_of

OPTIONS = BlockOptions(dupe_factor=3, block_size=64, random_seed=7)


@pytest.fixture(scope="module", params=["bert", "albert"])
def encoder(request, golden_dir):
    folder = golden_dir / "tokenization"
    if request.param == "bert":
        vocabulary = str(folder / "vocab_uncased_2k.txt")
        return line_encoder(load_wordpiece(vocabulary, lower_case=True))
    model = str(folder / "spm_2k.model")
    return line_encoder(load_sentencepiece(model, lower_case=True))


@pytest.fixture(scope="module")
def facts(encoder):
    return vocabulary_facts(encoder.tokenizer)


@pytest.fixture(scope="module")
def blocks(encoder, golden_dir):
    folder = golden_dir / "pretraining_data"
    parts = [FilePart(str(folder / f"corpus_{name}.txt")) for name in "acd"]
    return read_piece_blocks(parts, encoder, size=OPTIONS.num_pieces)


def reference(blocks, options, facts):
    """The records in plain Python: rows, positions, labels."""
    rng = random.Random(options.random_seed)
    records = []
    for _ in range(options.dupe_factor):
        for block in blocks.pieces.reshape(-1, blocks.size).tolist():
            row = [facts.cls_id, *block, facts.sep_id]
            positions = [
                position
                for position in range(1, len(row) - 1)
                if rng.random() < options.masked_lm_prob
            ]
            labels = [row[position] for position in positions]
            for position in positions:
                if rng.random() < 0.8:
                    row[position] = facts.mask_id
                elif rng.random() >= 0.5:
                    row[position] = rng.randrange(facts.vocab_size)
            records.append((row, positions, labels))
    rng.shuffle(records)
    return records


def test_plain_python_makes_the_same(blocks, facts):
    table, order = create_block_instances(blocks, OPTIONS, facts)
    rows = rows_of(table.input_ids, table.starts)
    positions = rows_of(table.masked_lm_positions, table.masked_starts)
    labels = rows_of(table.masked_lm_ids, table.masked_starts)
    made = [(rows[i], positions[i], labels[i]) for i in order]
    assert made == reference(blocks, OPTIONS, facts)
    assert len(made) == 3 * len(blocks) > 50
    assert (table.segment_b == OPTIONS.block_size).all()
    assert table.next_sentence_labels is None
    assert table.token_boundary is None
    assert table.input_ids.dtype == blocks.pieces.dtype


def test_shares_and_no_cap(blocks, facts):
    options = BlockOptions(dupe_factor=400, block_size=64)
    table, _ = create_block_instances(blocks, options, facts)
    counts = np.diff(table.masked_starts)
    assert counts.sum() > 100_000
    assert abs(counts.sum() / len(table) / options.num_pieces - 0.15) < 0.005
    assert counts.max() > round(0.15 * 64) + 8
    assert counts.min() < round(0.15 * 64) - 5
    rows = np.repeat(np.arange(len(table)), counts)
    now = table.input_ids[table.starts[rows] + table.masked_lm_positions]
    is_mask, is_same = now == facts.mask_id, now == table.masked_lm_ids
    assert abs(is_mask.mean() - 0.8) < 0.005
    assert abs(is_same.mean() - 0.1) < 0.005
    drawn = now[~is_mask & ~is_same]
    assert abs(len(drawn) / len(now) - 0.1) < 0.005
    # Over all ids, special ones and the last one too.
    assert set(drawn.tolist()) >= {0, facts.cls_id, facts.vocab_size - 1}
    thirds = np.histogram(drawn, 3, (0, facts.vocab_size))[0] / len(drawn)
    np.testing.assert_allclose(thirds, 1 / 3, atol=0.02)


def test_no_special_pieces_if_so_asked(blocks, facts):
    options = BlockOptions(
        dupe_factor=100, block_size=64, replace_with_specials=False
    )
    table, _ = create_block_instances(blocks, options, facts)
    rows = np.repeat(np.arange(len(table)), np.diff(table.masked_starts))
    now = table.input_ids[table.starts[rows] + table.masked_lm_positions]
    drawn = now[(now != facts.mask_id) & (now != table.masked_lm_ids)]
    assert len(drawn) > 1000
    assert not facts.is_special[drawn].any()
    special = dataclasses.replace(
        facts, is_special=np.ones_like(facts.is_special)
    )
    with pytest.raises(InputError, match="replace"):
        create_block_instances(blocks, options, special)


def test_no_masks(blocks, facts):
    options = dataclasses.replace(OPTIONS, dupe_factor=1, draw_masks=False)
    table, order = create_block_instances(blocks, options, facts)
    assert table.masked_lm_positions is None
    assert table.masked_lm_ids is None
    rows = table.input_ids.reshape(-1, 64)
    pieces = blocks.pieces.reshape(-1, 62)
    np.testing.assert_array_equal(rows[:, 1:-1], pieces)
    assert (rows[:, 0] == facts.cls_id).all()
    assert (rows[:, -1] == facts.sep_id).all()
    expected = list(range(len(blocks)))
    random.Random(7).shuffle(expected)
    assert order.tolist() == expected


@pytest.mark.parametrize("at_a_time", [64, 1000])
def test_room_and_disk_do_not_matter(
    blocks, facts, tmp_path, monkeypatch, at_a_time
):
    expected, order = create_block_instances(blocks, OPTIONS, facts)
    monkeypatch.setattr(mlm_blocks, "_PIECES_AT_A_TIME", at_a_time)
    reported = []
    table, again = create_block_instances(
        blocks,
        OPTIONS,
        facts,
        memory_budget=5000,
        spill_folder=str(tmp_path),
        report=reported.append,
    )
    assert isinstance(table.input_ids, np.memmap)
    np.testing.assert_array_equal(order, again)
    for name, values in vars(expected).items():
        if values is not None:
            np.testing.assert_array_equal(getattr(table, name), values)
    assert sum(reported) == len(table)
    assert len(reported) > 1


def test_other_seeds(blocks, facts):
    first, order = create_block_instances(blocks, OPTIONS, facts)
    other = dataclasses.replace(OPTIONS, random_seed=-(2**70))
    second, other_order = create_block_instances(blocks, other, facts)
    assert not np.array_equal(first.input_ids, second.input_ids)
    assert not np.array_equal(order, other_order)


@pytest.mark.parametrize("is_padded", [True, False])
@pytest.mark.parametrize("draw_masks", [True, False])
def test_records(blocks, facts, tmp_path, is_padded, draw_masks):
    options = dataclasses.replace(OPTIONS, dupe_factor=1, draw_masks=draw_masks)
    table, order = create_block_instances(blocks, options, facts)
    record_format = RecordFormat(
        options.max_seq_length, options.num_predictions, padded=is_padded
    )
    path = str(tmp_path / "records")
    write_records(table, order, [path], record_format=record_format)
    lengths = feature_lengths(table, record_format)
    names = ["input_ids", "input_mask", "segment_ids"]
    masked = ["masked_lm_ids", "masked_lm_positions", "masked_lm_weights"]
    assert sorted(lengths) == sorted(names + masked * draw_masks)
    read = read_examples(path, lengths=lengths)
    assert read.keys() == lengths.keys()
    np.testing.assert_array_equal(
        read["input_ids"], table.input_ids.reshape(-1, 64)[order]
    )
    assert read["input_mask"].all()
    assert not read["segment_ids"].any()
    if draw_masks:
        for name in ("masked_lm_ids", "masked_lm_positions"):
            expected = padded(
                getattr(table, name), table.masked_starts, order, 62
            )
            np.testing.assert_array_equal(read[name], expected)
        counts = np.diff(table.masked_starts)[order]
        np.testing.assert_array_equal(
            read["masked_lm_weights"], np.arange(62) < counts[:, None]
        )


def test_nothing_to_make(facts):
    blocks = PieceBlocks(np.zeros(0, np.uint16), OPTIONS.num_pieces, ())
    table, order = create_block_instances(blocks, OPTIONS, facts)
    assert len(table) == len(order) == 0


@pytest.mark.parametrize(
    ("pieces", "size"),
    [
        ([5] * 62, 60),
        ([5] * 63, 62),
        ([5] * 61 + [1 << 20], 62),
        ([-1] * 62, 62),
    ],
)
def test_blocks_that_cannot_be(facts, pieces, size):
    blocks = PieceBlocks(np.array(pieces, np.int32), size, ())
    with pytest.raises(ValueError, match=r"blocks of|ids from"):
        create_block_instances(blocks, OPTIONS, facts)


@pytest.mark.shared
def test_real_text(shared_dir, golden_dir):
    folder = golden_dir / "tokenization"
    tokenizer = load_wordpiece(
        str(folder / "vocab_uncased_2k.txt"), lower_case=True
    )
    facts = vocabulary_facts(tokenizer)
    path = shared_dir / "data/corpus/pt-neurology/pt_neurology_docs.txt"
    options = BlockOptions(dupe_factor=1)
    blocks = read_piece_blocks(
        [FilePart(str(path))], line_encoder(tokenizer), size=510
    )
    ids = tokenizer.encode(path.read_text(encoding="utf-8"))
    assert blocks.pieces.tolist() == ids[: len(ids) // 510 * 510]
    table, _ = create_block_instances(blocks, options, facts)
    counts = np.diff(table.masked_starts)
    assert abs(counts.sum() / len(blocks.pieces) - 0.15) < 0.005
    assert (counts > round(0.15 * 512)).any()
    rows = np.repeat(np.arange(len(table)), counts)
    now = table.input_ids[table.starts[rows] + table.masked_lm_positions]
    assert abs((now == facts.mask_id).mean() - 0.8) < 0.005
    assert abs((now == table.masked_lm_ids).mean() - 0.1) < 0.005
