import pytest
from absl import flags

from cli import task
from foundation.errors import InputError


def read(*arguments):
    fv = flags.FlagValues()
    task.define(fv, defaults={"task_name": "NER"})
    task.define_tagging(fv)
    fv(["run_ner.py", "--data_dir=data", *arguments])
    return task.read_tagging(fv)


def test_defaults_are_the_whole_corpus(caplog):
    corpus = read()
    assert corpus.name == "ner"
    assert corpus.asked_types is None
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["ncbi", "clefe", "i2b2-2010"])
def test_the_originals_names_are_taken(name):
    assert read(f"--task_name={name}").name in {
        *("ncbi_disease", "share_clefe", "i2b2_2010"),
    }


def test_entity_types_are_split_at_commas():
    corpus = read("--entity_types=Disorder, Chemicals,Disorder")
    assert corpus.asked_types == ("Disorder", "Chemicals")


def test_columns_and_types_go_together():
    corpus = read(
        *("--entity_types=C", "--tag_column=3", "--separator=tab"),
        "--task_name=portuguese_clinical",
    )
    assert (corpus.tag_column, corpus.separator) == (3, "tab")
    assert corpus.asked_types == ("C",)


@pytest.mark.parametrize("value", ["", ",", "A,,B"])
def test_an_empty_type_is_refused(value):
    with pytest.raises(InputError, match="no entity type is named"):
        read(f"--entity_types={value}")


def test_an_unknown_type_of_a_known_corpus_is_refused_at_once():
    with pytest.raises(InputError) as caught:
        read("--task_name=i2b2_2010", "--entity_types=problem,tests")
    assert "got tests, expected some of problem, treatment, test" in str(
        caught.value
    )
    assert "did you mean test?" in str(caught.value)


def test_do_prepare_is_taken_and_said_to_do_nothing(caplog):
    assert read("--do_prepare=true").name == "ner"
    assert "--do_prepare does nothing" in caplog.text
    assert caplog.text.count("\n") == 1


@pytest.mark.parametrize("folds", [1, 2])
def test_too_few_folds_are_refused(folds):
    with pytest.raises(InputError, match="--cross_val_sz leaves nothing"):
        read(f"--cross_val_sz={folds}")


def test_folds_train_on_dev_too():
    assert read("--cross_val_sz=10").name == "ner"
    assert read("--cross_val_sz=10", "--train_split=train_dev").name == "ner"
    assert read("--cross_val_sz=0", "--train_split=train").name == "ner"
    with pytest.raises(InputError, match="--train_split=train with"):
        read("--cross_val_sz=10", "--train_split=train")
