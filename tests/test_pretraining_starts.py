"""What run_pretraining.py starts from: weights, and records of other kinds."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from foundation.errors import InputError
from tests import lm_world, ner_runs, tiny_pretraining

pytestmark = pytest.mark.slow
# The weights stay as they are to five places, and yet are trained.
TINY_RATE = {"learning_rate": 1e-7, "num_warmup_steps": 0}
NO_DROPOUT = {"hidden_dropout": 0, "attention_dropout": 0}


@pytest.fixture(scope="module")
def recorded(recorded_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    return tiny_pretraining.read_recorded(
        recorded_dir, "albert_tiny_adamw", folder
    )


def weights_of(recorded):
    """Returns the recorded weights, without slots and step."""
    tensors = ner_runs.checkpoint(recorded.model, 200)
    return {
        name: values
        for name, values in tensors.items()
        if "/adam_" not in name and name != "global_step"
    }


def write_bundle(folder, weights, *, step):
    from modeling.weights import tf1

    folder.mkdir()
    path = folder / f"model.ckpt-{step}"
    tf1.write_bundle(str(path), weights)
    return path


def values(output, name):
    return [row[name] for row in tiny_pretraining.rows(output, name)]


def warnings_in(caplog, text):
    messages = [r.getMessage() for r in caplog.records if r.levelno >= 30]
    return [message for message in messages if text in message]


# --- weights


def test_heads_that_are_missing_are_named_and_trained(
    tmp_path, recorded, caplog
):
    """BioBERT v1.1 was published without them."""
    weights = weights_of(recorded)
    heads = [name for name in weights if name.startswith("cls/")]
    assert len(heads) == 7
    encoder = {n: v for n, v in weights.items() if n not in heads}
    output = recorded.run(
        tmp_path / "out",
        init_checkpoint=write_bundle(tmp_path / "v1.1", encoder, step=7),
        num_train_steps=3,
        num_warmup_steps=0,
        save_checkpoints_steps=1,
    )
    (told,) = warnings_in(caplog, "start fresh")
    assert [head for head in heads if head not in told] == []
    assert "lacks 7 weights" in told
    first, second = (ner_runs.checkpoint(output, step) for step in (1, 2))
    for head in heads:
        assert not np.array_equal(first[head], second[head]), head
    for name, before in encoder.items():
        # An update is the rate times sqrt(10) at most, and the decay.
        np.testing.assert_allclose(first[name], before, atol=4e-3, rtol=0)
    assert values(output, "masked_lm_loss")[0] == pytest.approx(
        np.log(2000), abs=0.2
    )


def test_an_encoder_must_be_whole(tmp_path, recorded):
    weights = weights_of(recorded)
    del weights["bert/embeddings/position_embeddings"]
    path = write_bundle(tmp_path / "part", weights, step=7)
    with pytest.raises(InputError, match="position_embeddings"):
        recorded.run(tmp_path / "out", init_checkpoint=path)


def test_weights_put_into_the_output_folder(tmp_path, recorded, caplog):
    """They go on with fresh slots, at the step that their name says."""
    weights = weights_of(recorded)
    # 59 updates of 12 records are one epoch: both runs read the same ones.
    step, batch = 59, {"train_batch_size": 12, "poly_power": 0}
    common = {**batch, "num_warmup_steps": 0}
    fresh = recorded.run(tmp_path / "fresh", num_train_steps=3, **common)
    assert warnings_in(caplog, "slots") == []
    output = tmp_path / "out"
    write_bundle(output, weights, step=step)
    recorded.run(output, num_train_steps=step + 3, **common)
    (told,) = warnings_in(caplog, "slots")
    assert f"lacks {2 * len(weights)} of {2 * len(weights)}" in told
    lines = ner_runs.json_lines(output / "metrics.jsonl")
    assert [line["step"] for line in lines] == [60, 61, 62]
    expected = ner_runs.checkpoint(fresh, 3)
    found = ner_runs.checkpoint(output, step + 3)
    assert found.pop("global_step") == step + expected.pop("global_step")
    assert found.keys() == expected.keys()
    for name, before in expected.items():
        np.testing.assert_array_equal(found[name], before, err_msg=name)


def test_all_groups_start_as_the_first(tmp_path, recorded):
    config = tmp_path / "albert_config.json"
    sizes = ner_runs.read_json(recorded.config)
    config.write_text(json.dumps({**sizes, "num_hidden_groups": 2}))
    flags = {"bert_config_file": config, "num_train_steps": 2, **TINY_RATE}
    with pytest.raises(InputError, match="group_1"):
        recorded.run(tmp_path / "refused", **flags)
    output = recorded.run(tmp_path / "out", init_from_group0=True, **flags)
    # Four layers with the same weights, whichever group they are of.
    told = recorded.trajectory["losses_masked_lm"][0]
    assert values(output, "masked_lm_loss")[0] == pytest.approx(told, rel=1e-4)
    before, after = weights_of(recorded), ner_runs.checkpoint(output, 2)
    others = {
        n: n.replace("group_0/", "group_1/", 1)
        for n in before
        if "group_0" in n
    }
    assert len(others) == 16
    for name, other in others.items():
        for found in (after[name], after[other]):
            np.testing.assert_allclose(found, before[name], atol=1e-5, rtol=0)
        slots = [after[f"{n}/adam_m"] for n in (name, other)]
        assert not np.array_equal(*slots), name


@pytest.mark.parametrize(
    ("family", "task"),
    [("bert", "next_sentence"), ("albert", "sentence_order")],
)
def test_a_hugging_face_folder(tmp_path, fixtures_dir, caplog, family, task):
    """The first losses are those of the transformers library's outputs."""
    folder = tmp_path / "model"
    shutil.copytree(
        fixtures_dir / "huggingface" / f"{family}_tiny",
        folder,
        copy_function=shutil.copyfile,  # what is read-only stays so
    )
    with np.load(folder / "expected.npz") as file:
        told = dict(file)
    features = masked_features(told)
    tiny_pretraining.write_features(features, tmp_path / "a.tfrecord")
    flags = {
        "do_train": True,
        "input_file": tmp_path / "a.tfrecord",
        "init_checkpoint": folder,
        "output_dir": tmp_path / "out",
        "optimizer": "adamw",
        "train_batch_size": len(features["input_ids"]),
        "num_train_steps": 1,
        "log_every_steps": 1,
        **NO_DROPOUT,
        **TINY_RATE,
    }
    world = lm_world.World(tmp_path, family, flags)
    assert tiny_pretraining.run_flags(*world.arguments()) == 0
    assert warnings_in(caplog, "start fresh") == []
    places = features["masked_lm_positions"][:, :2, np.newaxis]
    logits = np.take_along_axis(told["masked_lm_logits"], places, axis=1)
    expected = {
        "masked_lm_loss": surprise(logits, features["masked_lm_ids"][:, :2]),
        f"{task}_loss": surprise(
            told["next_sentence_logits"],
            features["next_sentence_labels"][:, 0],
        ),
    }
    for name, loss in expected.items():
        assert values(world.output, name) == [pytest.approx(loss, rel=1e-4)]


def masked_features(inputs):
    """Returns features of records: two of each row's pieces are asked for."""
    ids = inputs["input_ids"]
    none = np.zeros([len(ids), 2], int)
    random = np.random.default_rng(3)
    return {
        **{n: inputs[n] for n in ("input_ids", "input_mask", "segment_ids")},
        "masked_lm_positions": np.hstack([none + np.array([1, 2]), none]),
        "masked_lm_ids": np.hstack([random.integers(5, 100, [3, 2]), none]),
        "masked_lm_weights": np.hstack([none + 1.0, none]),
        "next_sentence_labels": np.array([[0], [1], [1]]),
    }


def surprise(logits, labels):
    """Returns the mean cross-entropy of labels under logits."""
    logits = logits.astype(np.float64)
    sums = np.log(np.exp(logits).sum(-1))
    chosen = np.take_along_axis(logits, labels[..., np.newaxis], -1)[..., 0]
    return float((sums - chosen).mean())


# --- records


def make_world(folder, **settings):
    """Makes a BERT with records of its own; lengths are the records'."""
    made = folder / "made"
    made.mkdir(parents=True)
    lm_world.make_records(made, "bert", **settings)
    world = lm_world.make_world(folder / "world", "bert", records=made)
    lengths = dict.fromkeys(("max_seq_length", "max_predictions_per_seq"))
    world.flags |= {**lengths, "log_every_steps": 1}
    return world


def test_masked_pieces_alone(tmp_path):
    lengths = dict.fromkeys(("max_seq_length", "max_predictions_per_seq"))
    world = make_world(
        tmp_path, objective="mlm_blocks", block_size=64, **lengths
    )
    flags = {"num_train_steps": 3, "do_eval": True, "max_eval_steps": 2}
    assert tiny_pretraining.run_flags(*world.arguments(**flags)) == 0
    for line in ner_runs.json_lines(world.output / "metrics.jsonl"):
        assert line["loss"] == line["masked_lm_loss"]
        assert "masked_lm_accuracy" in line
        assert not [name for name in line if "sentence" in name]
    scores = ner_runs.values_of(world.output / "eval_results.txt")
    assert sorted(scores) == [
        *("global_step", "loss", "masked_lm_accuracy", "masked_lm_loss")
    ]
    found = ner_runs.checkpoint(world.output, 3)
    assert not [name for name in found if "seq_relationship" in name]
    # The next program wants a pooler; nothing here has trained it.
    assert "bert/pooler/dense/kernel" in found
    assert "bert/pooler/dense/kernel/adam_m" not in found


@pytest.mark.parametrize("dynamic", [True, False])
def test_masks_of_two_epochs(tmp_path, dynamic):
    """The weights stay: only other masks can give another loss."""
    world = make_world(tmp_path, dynamic_masking=dynamic)
    records = ner_runs.read_json(world.manifest)["record_sets"][0]
    flags = {
        "num_train_steps": 2,
        "train_batch_size": records["num_records"],
        "shuffle": False,
        **NO_DROPOUT,
        **TINY_RATE,
    }
    assert tiny_pretraining.run_flags(*world.arguments(**flags)) == 0
    losses = values(world.output, "masked_lm_loss")
    if not dynamic:
        assert losses[0] == pytest.approx(losses[1], abs=1e-4)
        return
    assert abs(losses[0] - losses[1]) > 1e-3
    again = world.arguments(**flags, output_dir=tmp_path / "again")
    assert tiny_pretraining.run_flags(*again) == 0
    assert values(tmp_path / "again", "masked_lm_loss") == losses
