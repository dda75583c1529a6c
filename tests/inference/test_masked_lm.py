"""Guesses and losses equal those of transformers; see the fixtures' README."""

from __future__ import annotations

import math

import numpy as np
import pytest

from foundation.errors import InputError
from inference import mask_prompts, pseudo_perplexity
from inference.masked_lm import MaskedLm
from inference.rows_in_order import StreamLimits
from modeling.config import read_config
from modeling.weights import tf1
from preprocessing.tokenization import load_sentencepiece, load_wordpiece

LIMITS = StreamLimits(batch_size=8, max_seq_length=128, num_pieces=2000)
TOLERANCE = 1e-5
NAMES = ("bert", "albert")


@pytest.fixture(scope="module")
def models(fixtures_dir, golden_dir):
    """Maps a name to a model and its tokenizer."""
    bert = fixtures_dir / "demo_checkpoint"
    albert = golden_dir / "albert_tiny"
    found = {}
    for folder, tokenizer in (
        (bert, load_wordpiece(str(bert / "vocab.txt"), lower_case=True)),
        (
            albert,
            load_sentencepiece(
                str(golden_dir / "tokenization" / "spm_2k.model"),
                lower_case=True,
            ),
        ),
    ):
        (config,) = folder.glob("*config.json")
        model = MaskedLm(read_config(str(config)), gelu_form="tanh")
        model.load(str(folder))
        found[tokenizer.family] = model, tokenizer
    return found


@pytest.mark.parametrize("name", NAMES)
def test_fill_mask_on_a_hundred_prompts(models, fixtures_dir, name):
    model, tokenizer = models[name]
    expected = np.load(fixtures_dir / "masked_lm" / f"{name}.npz")
    prompts = (fixtures_dir / "masked_lm" / "prompts.txt").read_text("utf-8")
    rows = [
        mask_prompts.read_prompt(
            text, number, tokenizer=tokenizer, max_seq_length=128
        )
        for number, text in enumerate(prompts.splitlines(), start=1)
    ]
    guesses = list(
        mask_prompts.guess_masks(
            rows, model, tokenizer=tokenizer, top_k=5, limits=LIMITS
        )
    )
    assert [g.number for g in guesses] == list(range(1, 101))
    np.testing.assert_array_equal([g.ids for g in guesses], expected["ids"])
    np.testing.assert_allclose(
        [g.probabilities for g in guesses],
        expected["probabilities"],
        atol=TOLERANCE,
        rtol=0,
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_piece_in_its_turn(models, fixtures_dir, name):
    model, tokenizer = models[name]
    expected = np.load(fixtures_dir / "masked_lm" / f"{name}.npz")["losses"]
    lines = lines_of(fixtures_dir)[:6]
    size = pseudo_perplexity.measure_text(lines, tokenizer=tokenizer)
    assert size.num_pieces == len(expected)
    hidden = pseudo_perplexity.hidden_pieces(
        lines, tokenizer=tokenizer, max_seq_length=128, chosen=None
    )
    steps = []
    score = pseudo_perplexity.score_pieces(
        hidden, model, limits=LIMITS, advance=steps.append
    )
    assert score.num_scored == sum(steps) == len(expected)
    assert score.loss == pytest.approx(expected.mean(), abs=TOLERANCE)
    error = expected.std(ddof=1) / math.sqrt(len(expected))
    assert score.loss_error == pytest.approx(error, abs=TOLERANCE)
    assert not score.looks_random(tokenizer.vocab_size)


def lines_of(fixtures_dir):
    path = fixtures_dir / "sample_corpus" / "abstracts.txt"
    return path.read_text("utf-8").split("\n")


def test_a_head_without_training_looks_random(models, fixtures_dir):
    _, tokenizer = models["bert"]
    config = read_config(
        str(fixtures_dir / "demo_checkpoint" / "bert_config.json")
    )
    hidden = pseudo_perplexity.hidden_pieces(
        lines_of(fixtures_dir)[:2],
        tokenizer=tokenizer,
        max_seq_length=128,
        chosen=None,
    )
    score = pseudo_perplexity.score_pieces(
        hidden,
        MaskedLm(config, gelu_form="tanh"),  # start values
        limits=LIMITS,
        advance=lambda _: None,
    )
    chance = math.log(tokenizer.vocab_size)
    assert score.loss == pytest.approx(chance, rel=0.02)
    assert score.looks_random(tokenizer.vocab_size)


def test_a_sample_is_some_of_all(models, fixtures_dir):
    _, tokenizer = models["bert"]
    lines = lines_of(fixtures_dir)[:9]
    rows = {"tokenizer": tokenizer, "max_seq_length": 40}
    every = list(pseudo_perplexity.hidden_pieces(lines, chosen=None, **rows))
    assert max(len(row.input_ids) for row in every) <= 40
    flat = [i for line in lines for i in tokenizer.encode(line)]
    assert [row.piece for row in every] == flat
    for row in every:
        assert row.input_ids[row.position] == tokenizer.mask_id
        assert (row.input_ids == tokenizer.mask_id).sum() == 1
    chosen = pseudo_perplexity.choose_pieces(
        len(flat), max_positions=20, seed=3
    )
    some = list(pseudo_perplexity.hidden_pieces(lines, chosen=chosen, **rows))
    assert len(some) == 20
    for index, row in zip(chosen, some, strict=True):
        np.testing.assert_array_equal(row.input_ids, every[index].input_ids)
        assert row.piece == every[index].piece
    assert chosen == pseudo_perplexity.choose_pieces(
        len(flat), max_positions=20, seed=3
    )
    assert pseudo_perplexity.choose_pieces(9, max_positions=9, seed=3) is None


def test_two_masks_are_guessed_beside_each_other(models):
    model, tokenizer = models["bert"]
    row = mask_prompts.read_prompt(
        "[MASK] and[MASK].", 1, tokenizer=tokenizer, max_seq_length=16
    )
    assert tokenizer.pieces(row.input_ids.tolist()) == (
        ["[CLS]", "[MASK]", "and", "[MASK]", ".", "[SEP]"]
    )
    found = list(
        mask_prompts.guess_masks(
            [row], model, tokenizer=tokenizer, top_k=3, limits=LIMITS
        )
    )
    assert [(g.mask, g.position, len(g.pieces)) for g in found] == (
        [(1, 1, 3), (2, 3, 3)]
    )
    assert 0 < found[0].entropy < math.log(tokenizer.vocab_size)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("secret <mask> here", "'<mask>'"),
        ("secret [mask] here", "'[mask]'"),
        ("secret ___ here", "'___'"),
        ("secret here", "none"),
    ],
)
def test_another_mask_is_named_and_the_text_is_not(models, text, shown):
    with pytest.raises(InputError) as told:
        mask_prompts.read_prompt(
            text, 1, tokenizer=models["bert"][1], max_seq_length=16
        )
    assert f"got {shown}," in str(told.value)
    assert "secret" not in str(told.value)


def test_a_long_text_is_not_cut(models):
    with pytest.raises(InputError, match="got 19 pieces"):
        mask_prompts.read_prompt(
            "[MASK]" + " the" * 16,
            1,
            tokenizer=models["bert"][1],
            max_seq_length=18,
        )


def test_no_head_is_told(fixtures_dir, tmp_path, models):
    folder = fixtures_dir / "demo_checkpoint"
    bundle = tf1.Tf1Bundle(str(folder / "model.ckpt-3000"))
    kept = {n: bundle.read(n) for n in bundle.shapes}
    lost = [n for n in kept if n.startswith("cls/predictions/transform")]
    model = models["bert"][0]
    for number, names in enumerate((lost, [n for n in kept if "cls/" in n])):
        prefix = str(tmp_path / f"model.ckpt-{number}")
        tf1.write_bundle(
            prefix, {n: v for n, v in kept.items() if n not in names}
        )
        with pytest.raises(InputError, match="masked-LM head") as told:
            model.load(prefix)
        assert all(name in str(told.value) for name in names)
