import importlib.util

import numpy as np
import pytest


class FakeTokenizer:
    vocab_size, pad_id, cls_id, sep_id, mask_id = 1000, 0, 2, 3, 4


@pytest.fixture(scope="module")
def script(root_dir):
    path = root_dir / "scripts" / "make_demo_checkpoint.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_masks_15_percent_in_three_ways(script):
    rng = np.random.default_rng(0)
    ids = rng.integers(5, 1000, [2000, 128]).astype(np.int32)
    ids[:, 0], ids[:, 127] = 2, 3
    ids[:1000, 60], ids[:1000, 61:] = 3, 0
    batch = script.mask(ids, FakeTokenizer, rng=rng)
    weights = batch["masked_lm_weights"]
    assert (weights[:1000].sum(axis=1) == round(0.15 * 59)).all()
    assert (weights[1000:].sum(axis=1) == round(0.15 * 126)).all()
    positions = batch["masked_lm_positions"]
    before = np.take_along_axis(ids, positions, axis=1)
    after = np.take_along_axis(batch["input_ids"], positions, axis=1)
    assert (before == batch["masked_lm_ids"]).all()
    chosen = weights > 0
    assert (before[chosen] > 4).all()
    assert np.mean(after[chosen] == 4) == pytest.approx(0.8, abs=0.01)
    stays = after[chosen] == before[chosen]
    assert np.mean(stays) == pytest.approx(0.1, abs=0.01)
    changed = (batch["input_ids"] != ids).sum()
    assert changed == (after[chosen] != before[chosen]).sum()
