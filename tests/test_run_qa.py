"""run_qa.py from files to files, on tiny random models."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from cli import entry
from foundation.errors import InputError
from tests import ner_runs, qa_runs, tiny_run

pytestmark = pytest.mark.slow
ORIGINALS = ("predictions.json", "nbest_predictions.json")


def table_of(folder):
    """Returns predictions.tsv as id -> cells."""
    rows = ner_runs.lines_of(folder / "predictions.tsv")
    return {row.split("\t")[0]: row.split("\t")[1:] for row in rows[1:]}


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    """Files that are easy to learn: the one colour of a short text."""
    folder = tmp_path_factory.mktemp("questions")
    for name, number, seed in (
        ("train", 160, 1),
        ("dev", 24, 2),
        ("test", 33, 3),
    ):
        qa_runs.write(
            folder / f"{name}.json",
            qa_runs.paragraphs(number, seed=seed, num_things=1),
        )
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory, bert_dir, questions):
    """BioBERT's command line, its spellings of true and false included."""
    out = tmp_path_factory.mktemp("qa") / "out"
    code = qa_runs.run(
        bert_dir,
        out,
        do_train="True",
        do_predict="True",
        do_lower_case="True",
        train_file=questions / "train.json",
        eval_file=questions / "dev.json",
        predict_file=questions / "test.json",
        num_train_epochs=6.0,
        learning_rate=3e-3,
        pictures=True,
    )
    assert code == 0
    return out


def test_it_learns_and_writes_the_files(trained, questions):
    scores = ner_runs.values_of(trained / "test_results.txt")
    assert scores["exact_match"] > 0.9
    dev = ner_runs.values_of(trained / "eval_results.txt")
    metrics = ner_runs.json_lines(trained / "metrics.jsonl")
    assert dev["f1"] == max(m["dev_f1"] for m in metrics if "dev_f1" in m)
    paragraphs = json.loads((questions / "test.json").read_text())["data"][0]
    names = [p["qas"][0]["id"] for p in paragraphs["paragraphs"]]
    for name in ORIGINALS:
        text = (trained / name).read_text()
        assert text == json.dumps(json.loads(text), indent=4) + "\n"
        assert list(json.loads(text)) == names
    best = ner_runs.read_json(trained / "nbest_predictions.json")["q000"]
    assert len(best) <= 20
    assert sum(a["probability"] for a in best) == pytest.approx(1)
    assert list(best[0]) == ["text", "probability", "start_logit", "end_logit"]
    assert not (trained / "null_odds.json").exists()
    facts = ner_runs.read_json(trained / "results.json")
    assert facts["headline"] == "f1"
    assert facts["files"]["train"][0]["num_questions"] == 160
    assert (trained / "learning_curves.png").exists()
    step = sorted(trained.glob("model.ckpt-*.index"))[-1].name
    tensors = ner_runs.checkpoint(trained, int(step.split("-")[1][:-6]))
    assert tensors["cls/squad/output_weights"].shape == (2, 32)


def test_the_folder_alone_predicts_the_same(trained, questions, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(trained, copy)
    before = (copy / "predictions.json").read_text()
    for size in (1, 8):
        assert (
            qa_runs.run_flags(
                output_dir=copy,
                do_predict="true",
                predict_file=questions / "test.json",
                predict_batch_size=size,
            )
            == 0
        )
        assert (copy / "predictions.json").read_text() == before


def test_the_same_command_again_has_nothing_to_do(
    trained, bert_dir, questions, tmp_path
):
    copy = tmp_path / "copy"
    shutil.copytree(trained, copy)
    given = {
        "do_train": "true",
        "do_lower_case": "true",
        "train_file": questions / "train.json",
        "eval_file": questions / "dev.json",
        "num_train_epochs": 6.0,
        "learning_rate": 3e-3,
    }
    files = ner_runs.final_files(copy)
    code = qa_runs.run(bert_dir, copy, do_eval="false", **given)
    assert code == entry.EXIT_NOTHING_DONE
    assert ner_runs.final_files(copy) == files
    with pytest.raises(InputError, match="doc_stride"):
        qa_runs.run(bert_dir, copy, **{**given, "doc_stride": 9})


def test_a_head_is_taken_over_from_squad_to_bioasq(
    trained, bert_dir, questions, tmp_path
):
    """The second stage starts from the first one's answers, not anew."""
    out = tmp_path / "second"
    assert (
        qa_runs.run(
            bert_dir,
            out,
            init_checkpoint=trained,
            do_train="true",
            do_predict="true",
            train_file=questions / "train.json",
            predict_file=questions / "test.json",
            learning_rate=1e-9,
            train_step=1,
        )
        == 0
    )
    scores = ner_runs.values_of(out / "test_results.txt")
    assert scores["exact_match"] > 0.9


def test_any_number_of_questions_in_any_batches(trained, bert_dir, tmp_path):
    from inference.forward import Forward
    from inference.model import TaskModel
    from inference.trained_weights import load_fine_tuned
    from modeling.config import read_config
    from preprocessing.tokenization import load_wordpiece
    from tasks.question_answering import SpanOptions, SpanTask
    from tasks.question_windows import WindowLimits

    tokenizer = load_wordpiece(str(bert_dir / "vocab.txt"), lower_case=True)
    value = qa_runs.paragraphs(33, num_things=8)
    path = qa_runs.write(tmp_path / "q.json", value)

    def task():
        return SpanTask(
            {"test": str(path)},
            tokenizer=tokenizer,
            options=SpanOptions(WindowLimits(32, 8, 10)),
        )

    config = read_config(str(bert_dir / "bert_config.json"))
    model = TaskModel(config, task(), gelu_form="tanh", seed=1)
    load_fine_tuned(str(trained), model, output_dir="")
    forward = Forward(model, per_piece=True)
    whole = None
    for number in range(33, 0, -1):
        qa_runs.write(path, value[:number])
        answers = []
        for size in (1, 8):
            of_all = task().join(
                model.predict(
                    part,
                    forward.logits(
                        part.table,
                        max_seq_length=32,
                        batch_size=size,
                        what=None,
                    ),
                )
                for part in task().read("test").parts()
            )
            answers.append([(name, a.text()) for name, a in of_all])
        whole = whole or answers[0]
        assert answers == [whole[:number]] * 2


def test_squad_2(bert_dir, tmp_path):
    for name, number, seed in (("train", 160, 1), ("test", 40, 2)):
        qa_runs.write(
            tmp_path / f"{name}.json",
            qa_runs.paragraphs(number, seed=seed, num_things=1, impossible=0.5),
        )
    out = tmp_path / "out"
    given = {
        "do_predict": "true",
        "predict_file": tmp_path / "test.json",
        "output_dir": out,
    }
    assert (
        qa_runs.run(
            bert_dir,
            out,
            do_train="true",
            version_2_with_negative="true",
            train_file=tmp_path / "train.json",
            num_train_epochs=2,
            **{k: v for k, v in given.items() if k != "output_dir"},
        )
        == 0
    )
    odds = ner_runs.read_json(out / "null_odds.json")
    predictions = ner_runs.read_json(out / "predictions.json")
    assert list(odds) == list(predictions)
    for name, text in predictions.items():
        assert (odds[name] > 0) == (text == "")
    middle = float(np.median(list(odds.values())))
    assert qa_runs.run_flags(null_score_diff_threshold=middle, **given) == 0
    predictions = ner_runs.read_json(out / "predictions.json")
    assert 0 < sum(text == "" for text in predictions.values()) < 40
    assert qa_runs.run_flags(tune_null_threshold="true", **given) == 0
    scores = ner_runs.values_of(out / "test_results.txt")
    assert scores["f1"] == pytest.approx(scores["best_f1"])
    assert scores["null_score_diff_threshold"] == pytest.approx(
        scores["best_f1_thresh"]
    )


def yes_no(path, number, *, with_answers=True):
    """Writes questions whose answer is yes where the colours are one."""
    value = qa_runs.paragraphs(number, num_things=1)
    for index, paragraph in enumerate(value):
        (question,) = paragraph["qas"]
        del question["answers"]
        is_yes = index % 3 > 0
        # One piece each: batches are of rows of like length.
        colour = "red" if is_yes else "white"
        paragraph["context"] = f"The car is {colour}."
        question["question"] = "Is the car red?"
        if with_answers:
            question["answers"] = "yes" if is_yes else "no"
            question["is_impossible"] = not is_yes
    return qa_runs.write(path, value)


@pytest.mark.parametrize("options", [{}, {"all_windows": "true"}])
def test_yes_and_no(bert_dir, tmp_path, options):
    out = tmp_path / "out"
    assert (
        qa_runs.run(
            bert_dir,
            out,
            answer_type="yesno",
            do_train="true",
            do_predict="true",
            train_file=yes_no(tmp_path / "train.json", 120),
            predict_file=yes_no(tmp_path / "test.json", 33),
            class_weights="balanced",
            num_train_epochs=4,
            learning_rate=3e-3,
            **options,
        )
        == 0
    )
    scores = ner_runs.values_of(out / "test_results.txt")
    assert scores["yesno_macro_f1"] == 1
    predictions = ner_runs.read_json(out / "predictions.json")
    assert len(predictions) == 33
    for name, (answer, (logit,)) in predictions.items():
        assert answer == ("yes" if logit > 0.5 else "no")
        cells = table_of(out)[name]
        assert cells[0] == answer
        assert float(cells[1]) == pytest.approx(
            1 / (1 + np.exp(-logit)), abs=1e-6
        )
    tensors = ner_runs.checkpoint(out, 60)
    assert tensors["cls/squad/output_weights_sgm"].shape == (1, 32)
    # Without answers, from the folder alone.
    assert (
        qa_runs.run_flags(
            output_dir=out,
            do_predict="true",
            predict_file=yes_no(tmp_path / "new.json", 5, with_answers=False),
        )
        == 0
    )
    assert len(ner_runs.read_json(out / "predictions.json")) == 5


def test_albert_answers_in_the_paragraphs_own_characters(
    albert_dir, questions, tmp_path
):
    """ALBERT's command line, its files of features included."""
    out = tmp_path / "out"
    assert (
        qa_runs.run_flags(
            albert_config_file=albert_dir / "bert_config.json",
            init_checkpoint=albert_dir / "model.ckpt-1000000",
            spm_model_file=albert_dir / "30k-clean.model",
            output_dir=out,
            train_file=questions / "train.json",
            predict_file=questions / "test.json",
            train_feature_file=tmp_path / "train.tfrecord",
            predict_feature_file=tmp_path / "dev.tfrecord",
            predict_feature_left_file=tmp_path / "left.pkl",
            do_lower_case="true",
            max_seq_length=48,
            doc_stride=16,
            max_query_length=12,
            do_train="true",
            do_predict="true",
            train_batch_size=16,
            predict_batch_size=8,
            learning_rate=5e-5,
            num_train_epochs=1.0,
            warmup_proportion=0.1,
            save_checkpoints_steps=5000,
            n_best_size=20,
            max_answer_length=30,
            seed=1,
        )
        == 0
    )
    contexts = {
        p["qas"][0]["id"]: p["context"]
        for p in json.loads((questions / "test.json").read_text())["data"][0][
            "paragraphs"
        ]
    }
    best = ner_runs.read_json(out / "nbest_predictions.json")
    assert list(best) == list(contexts)
    for name, answers in best.items():
        assert all(a["text"] in contexts[name] for a in answers)


def test_seeds_and_all_occurrences(bert_dir, questions, tmp_path):
    out = tmp_path / "out"
    assert (
        qa_runs.run(
            bert_dir,
            out,
            do_train="true",
            do_predict="true",
            train_file=questions / "train.json",
            predict_file=questions / "test.json",
            all_occurrences="true",
            mask_padding="true",
            train_step=3,
            num_seeds=2,
            log_examples="true",
        )
        == 0
    )
    seeds = ner_runs.read_json(out / "seeds.json")
    assert "test_f1" in json.dumps(seeds)
    for seed in (3, 4):
        assert len(table_of(out / f"seed_{seed}")) == 33


def test_two_replicas_answer_as_one(bert_dir, tmp_path):
    """Trained and predicted; without dropout, and padded alike."""
    for name, number in (("train", 40), ("test", 33)):
        value = qa_runs.paragraphs(number, num_things=6)
        qa_runs.write(tmp_path / f"{name}.json", value)
    flags = {
        "do_train": "true",
        "do_predict": "true",
        "train_file": tmp_path / "train.json",
        "predict_file": tmp_path / "test.json",
        "hidden_dropout": 0,
        "attention_dropout": 0,
        "pad_to_max": "true",
        "train_step": 6,
    }
    assert qa_runs.run(bert_dir, tmp_path / "one", **flags) == 0
    # A process divides its CPU once and for all.
    process = tiny_run.launch(
        "run_qa.py",
        [
            f"--{name}={value}"
            for name, value in {
                **qa_runs.given(bert_dir, tmp_path / "two"),
                **flags,
                "distribution_strategy": "mirrored",
                "logical_cpus": 2,
            }.items()
        ],
        tmp_path / "log",
    )
    tiny_run.finish(process, tmp_path)
    one, two = (
        ner_runs.read_json(tmp_path / name / "nbest_predictions.json")
        for name in ("one", "two")
    )
    assert len(one) == 33
    assert list(one) == list(two)
    for name, best in one.items():
        assert two[name][0]["start_logit"] == pytest.approx(
            best[0]["start_logit"], abs=1e-3
        )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"do_train": "true"}, "no --train_file"),
        ({"do_predict": "true"}, "no --predict_file"),
        ({"do_eval": "true"}, "no --eval_file"),
        ({"do_predict": "true", "start_n_top": 5}, "--start_n_top"),
        ({"do_predict": "true", "export_dir": "x"}, "--export_dir"),
        ({"do_predict": "true", "max_query_length": 45}, "no room"),
        ({"do_predict": "true", "yes_threshold": 0}, "the other kind"),
        ({"do_predict": "true", "tune_null_threshold": 1}, "both, or neither"),
        (
            {
                "do_predict": "true",
                "answer_type": "yesno",
                "version_2_with_negative": "true",
            },
            "the other kind",
        ),
        ({"do_predict": "true", "use_tpu": "true"}, "TPU"),
    ],
)
def test_what_cannot_be_is_refused(
    bert_dir, questions, tmp_path, values, message
):
    files = {}
    if "no --" not in message:
        files = {"predict_file": questions / "test.json"}
    with pytest.raises(InputError) as caught:
        qa_runs.run(bert_dir, tmp_path / "out", **{**files, **values})
    assert message in str(caught.value)


def test_nothing_to_learn_from_is_refused(bert_dir, tmp_path):
    value = qa_runs.paragraphs(3)
    for paragraph in value:
        paragraph["qas"][0]["answers"][0]["text"] = "violet"
    path = qa_runs.write(tmp_path / "q.json", value)
    with pytest.raises(InputError, match="nothing to learn") as caught:
        qa_runs.run(
            bert_dir, tmp_path / "out", do_train="true", train_file=path
        )
    assert "violet" not in str(caught.value)
