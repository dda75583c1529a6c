"""Several taggers from one command: folds, types; and how many are kept."""

from __future__ import annotations

import shutil
import statistics

import numpy as np
import pytest
from absl import flags

import run_ner
from cli import ner_folds
from foundation.errors import InputError
from tasks.idx2tag import read_idx2tag
from tests import ner_runs, toy_corpus
from tests.ner_runs import checkpoint, json_lines, read_json, run, values_of

FOLDS = 3
COUNTS = {"train": 60, "devel": 20, "test": 40}
GIVEN = {
    "train_batch_size": 8,
    "num_train_epochs": 4,
    "learning_rate": 3e-3,
    "cross_val_sz": FOLDS,
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Each sentence's first word is its own, to be found again."""
    folder = tmp_path_factory.mktemp("data")
    number = 0
    for seed, (name, count) in enumerate(COUNTS.items()):
        corpus = []
        for sentence in toy_corpus.sentences(count, seed=seed):
            words = (f"s{number}", *sentence.words)
            tags = ("O", *sentence.tags)
            corpus.append(type(sentence)(words, tags, line=1))
            number += 1
        toy_corpus.write(folder / f"{name}.tsv", corpus)
    return folder


def own_words(examples):
    return [example.words[0] for example in examples]


@pytest.fixture
def prepared(monkeypatch):
    """What each fold's run would be given; nothing is trained."""
    seen = {}

    def look(inputs, folder, *, seed):
        del seed
        seen[folder.rpartition("/")[2]] = inputs.splits
        return {"test_entity_f1": 0.5}

    monkeypatch.setattr(ner_folds, "run_once", look)
    return seen


def test_no_fold_sees_its_own_test_data(
    prepared, bert_dir_without_weights, data_dir, tmp_path
):
    """The original trained every fold on from the one before it."""
    run(
        bert_dir_without_weights,
        data_dir,
        tmp_path / "out",
        do_eval=True,
        **GIVEN,
    )
    assert list(prepared) == [f"fold_{n}" for n in range(FOLDS)]
    everything = {f"s{n}" for n in range(sum(COUNTS.values()))}
    tested = []
    for splits in prepared.values():
        parts = {name: own_words(s.examples) for name, s in splits.items()}
        assert set(parts) == {"train", "dev", "test"}
        joined = [word for part in parts.values() for word in part]
        assert len(joined) == len(set(joined)) == 120
        assert set(joined) == everything
        tested += parts["test"]
    assert len(tested) == len(set(tested)) == 120
    official = [f"s{n}" for n in range(80, 120)]
    assert own_words(prepared["fold_2"]["test"].examples) == official
    # The files of a fold are those of all; which fold is said beside them.
    for number, splits in enumerate(prepared.values()):
        for split in splits.values():
            assert [f["fold"] for f in split.files] == [number] * 3


@pytest.fixture(scope="module")
def bert_dir_without_weights(tmp_path_factory, golden_dir):
    """Config and vocabulary: all that is looked at before a run trains."""
    from modeling.config import config_to_json
    from tests.tiny_configs import tiny_bert

    folder = tmp_path_factory.mktemp("model")
    path = golden_dir / "tokenization" / "vocab_uncased_2k.txt"
    (folder / "vocab.txt").write_bytes(path.read_bytes())
    size = len(path.read_text("utf-8").splitlines())
    config = tiny_bert(vocab_size=size, **ner_runs.SIZES)
    (folder / "bert_config.json").write_text(config_to_json(config))
    for ending in ("index", "data-00000-of-00001"):
        (folder / f"model.ckpt-1000000.{ending}").write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"cross_val_sz": 2}, "leaves nothing to train on"),
        ({"do_train": False}, "cross-validation trains"),
        ({"num_seeds": 2}, "more than one tagger"),
        ({"one_tagger_per_type": True}, "more than one tagger"),
        ({"train_split": "train"}, "trains on dev too"),
        ({"cross_val_sz": 100}, "too few sentences"),
    ],
)
def test_what_does_not_go_together(
    bert_dir_without_weights, data_dir, tmp_path, given, problem
):
    with pytest.raises(InputError, match=problem):
        run(
            bert_dir_without_weights,
            data_dir,
            tmp_path / "out",
            **{**GIVEN, **given},
        )
    assert not list(tmp_path.glob("out/*"))


@pytest.fixture(scope="module")
def folds_dir(bert_dir, data_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("folds") / "out"
    assert run(bert_dir, data_dir, out, do_eval=True, **GIVEN) == 0
    return out


@pytest.mark.slow
def test_a_folder_for_each_fold(folds_dir):
    folders = sorted(p for p in folds_dir.iterdir() if p.is_dir())
    assert [p.name for p in folders] == ["fold_0", "fold_1", "fold_2"]
    summary = read_json(folds_dir / "folds.json")
    assert set(summary) == {"dev_entity_f1", "test_entity_f1"}
    for name, file in (("dev", "eval_results"), ("test", "test_results")):
        f1 = [values_of(p / f"{file}.txt")["entity_f1"] for p in folders]
        found = summary[f"{name}_entity_f1"]
        assert list(found["values"]) == ["0", "1", "2"]
        assert list(found["values"].values()) == pytest.approx(f1)
        assert found["mean"] == pytest.approx(statistics.fmean(f1))
        assert found["sd"] == pytest.approx(statistics.stdev(f1))
    tested = []
    for number, folder in enumerate(folders):
        lines = json_lines(folder / "predictions.jsonl")
        tested += [x["words"][0] for x in lines]
        files = read_json(folder / "results.json")["files"]
        for part in ("train", "dev", "test"):
            assert [f["fold"] for f in files[part]] == [number] * 3
            assert len({f["sha256"] for f in files[part]}) == 3
    assert sorted(tested) == sorted(f"s{n}" for n in range(120))


@pytest.mark.slow
def test_every_fold_is_trained_from_the_start(folds_dir, bert_dir):
    """As many steps each, from the same first weights, to other last ones."""
    start = checkpoint(bert_dir, 1000000)
    last = []
    for folder in sorted(folds_dir.glob("fold_*")):
        steps = [x["step"] for x in json_lines(folder / "metrics.jsonl")]
        assert steps == list(range(1, 21))  # int(40 / 8 * 4)
        losses = [x["loss"] for x in json_lines(folder / "metrics.jsonl")]
        assert losses[0] > 1.4  # log(5): it knows nothing yet
        assert losses[-1] < 0.5 * losses[0]
        last.append(checkpoint(folder, 20))
        assert last[-1]["global_step"] == 20
        assert values_of(folder / "test_results.txt")["global_step"] == 20
        assert values_of(folder / "test_results.txt")["entity_f1"] > 0.5
    names = [n for n in start if "pooler" not in n]
    for name in names:
        for one, other in ((0, 1), (1, 2), (0, 2)):
            assert (last[one][name] != last[other][name]).any(), name
            assert (last[one][name] != start[name]).any(), name
    for name in start:
        if "pooler" in name:
            np.testing.assert_array_equal(last[0][name], start[name])


def state_of(folder):
    """Returns what must outlive the same command."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.name.startswith("model.ckpt")
        or path.name in ("folds.json", "test_results.txt", "metrics.jsonl")
    }


@pytest.mark.slow
@pytest.mark.parametrize("scored", [True, False])
def test_the_same_folds_again_change_nothing(
    folds_dir, bert_dir, data_dir, tmp_path, scored
):
    """All is trained: scores stay, asked for again or not."""
    out = shutil.copytree(folds_dir, tmp_path / "out")
    before = state_of(out)
    assert len(before) == 3 * 5 + 1
    run(bert_dir, data_dir, out, do_eval=scored, do_predict=scored, **GIVEN)
    assert state_of(out) == before


@pytest.mark.slow
def test_a_stopped_cross_validation_goes_on(
    folds_dir, bert_dir, data_dir, tmp_path
):
    """As it stands when the second fold failed at once."""
    out = shutil.copytree(folds_dir, tmp_path / "out")
    for name in ("fold_1", "fold_2"):
        shutil.rmtree(out / name)
    (out / "folds.json").unlink()
    before = state_of(out)
    run(bert_dir, data_dir, out, do_eval=True, **GIVEN)
    assert state_of(out).items() >= before.items()
    again, whole = (
        read_json(folder / "folds.json")["test_entity_f1"]["values"]
        for folder in (out, folds_dir)
    )
    assert again == pytest.approx(whole)


@pytest.mark.slow
def test_one_fold_alone_is_that_of_all(folds_dir, bert_dir, data_dir, tmp_path):
    run(bert_dir, data_dir, tmp_path, fold=1, **GIVEN)
    assert [p.name for p in tmp_path.glob("fold_*")] == ["fold_1"]
    alone = checkpoint(tmp_path / "fold_1", 20)
    of_all = checkpoint(folds_dir / "fold_1", 20)
    for name, value in alone.items():
        np.testing.assert_allclose(value, of_all[name], atol=1e-6)


@pytest.mark.slow
def test_one_more_fold_alone_keeps_the_others_scores(
    folds_dir, bert_dir, data_dir, tmp_path
):
    """Folds that are run one by one end in the table of all."""
    out = shutil.copytree(folds_dir, tmp_path / "out")
    whole = read_json(out / "folds.json")
    run(bert_dir, data_dir, out, do_eval=True, fold=1, **GIVEN)
    assert read_json(out / "folds.json") == whole


@pytest.mark.slow
def test_one_tagger_for_each_type(bert_dir, data_dir, tmp_path, capsys):
    """BioBERTpt's way: each type alone, and one row of the table."""
    given = {k: v for k, v in GIVEN.items() if k != "cross_val_sz"}
    out = tmp_path / "out"
    code = run(
        bert_dir,
        data_dir,
        out,
        one_tagger_per_type=True,
        keep_checkpoint_max=1,
        save_checkpoints_steps=5,
        **given,
    )
    assert code == 0
    kinds = {p.name for p in out.iterdir() if p.is_dir()}
    assert kinds == {"type-Chemical", "type-Disease"}
    f1 = {}
    for kind in ("Chemical", "Disease"):
        folder = out / f"type-{kind}"
        labels = read_json(folder / "label_map.json")["labels"]
        assert labels == ["O", f"B-{kind}", f"I-{kind}"]
        numbers = read_json(folder / "idx2tag.json")
        assert sorted(numbers.values()) == sorted(labels)
        assert read_idx2tag(str(folder / "idx2tag.json")).labels == tuple(
            labels
        )
        lines = json_lines(folder / "predictions.jsonl")
        tags = {tag for x in lines for tag in x["tags"]}
        assert tags <= set(labels)
        f1[kind] = values_of(folder / "test_results.txt")["entity_f1"]
        assert f1[kind] > 0.5
        # --keep_checkpoint_max=1: one, the last.
        kept = [p.name for p in folder.glob("model.ckpt-*.index")]
        assert kept == [f"model.ckpt-{60 // 8 * 4 + 2}.index"]
        assert len(list(folder.glob("model.ckpt-*"))) == 3
    summary = read_json(out / "types.json")["test_entity_f1"]
    assert summary["values"] == pytest.approx(f1)
    rows = (out / "per_entity.md").read_text("utf-8").splitlines()
    assert rows[0] == "|Entity / Model|Chemical|Disease|"
    assert len(rows) == 3
    cells = rows[2].strip("|").split("|")
    assert cells[0] == bert_dir.name
    assert [float(c) for c in cells[1:]] == [
        pytest.approx(f1[k], abs=5e-5) for k in ("Chemical", "Disease")
    ]
    assert rows[2] in capsys.readouterr().out
    # A type's folder is a tagger like any other.
    text = tmp_path / "note.txt"
    text.write_text("The patient was given aspirin for ataxia .")
    ner_runs.run_flags(predict_file=text, output_dir=out / "type-Chemical")
    found = json_lines(out / "type-Chemical" / "predictions.jsonl")
    assert {e["type"] for e in found} <= {"Chemical"}


@pytest.mark.slow
def test_the_best_checkpoint_is_kept_beside_the_last(
    bert_dir, data_dir, tmp_path
):
    given = {k: v for k, v in GIVEN.items() if k != "cross_val_sz"}
    run(
        bert_dir,
        data_dir,
        tmp_path,
        keep_checkpoint_max=1,
        save_checkpoints_steps=3,
        eval_every_steps=5,
        **given,
    )
    kept = {int(p.stem[11:]) for p in tmp_path.glob("model.ckpt-*.index")}
    steps = [x["step"] for x in json_lines(tmp_path / "metrics.jsonl")]
    best = read_json(tmp_path / "results.json")["best_on_dev"]["step"]
    assert kept == {best, max(steps)}


def test_flags_of_the_originals_are_known():
    """clinicalBERT's and BlueBERT's lines are read as they are."""
    fv = flags.FlagValues()
    run_ner.define_flags(fv)
    fv(["x", "--cross_val_sz=10", "--keep_checkpoint_max=1", "--do_prepare"])
    assert (fv.cross_val_sz, fv.keep_checkpoint_max) == (10, 1)
