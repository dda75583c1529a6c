"""Corpora are found by the names that people's folders have."""

import dataclasses

import pytest

from cli import reproduction_data
from foundation.errors import InputError
from reporting.experiments import find_table

NCBI = find_table("biobert_ner").experiment("ncbi_disease")
GAD = find_table("biobert_re").experiment("gad")


def corpus_at(folder, *names):
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("a\tO\n\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "place", ["NER/NCBI-disease", "NCBI_disease", "a/b/ncbi disease", "."]
)
def test_below_the_root_whatever_the_spelling(tmp_path, place):
    root = tmp_path / "datasets"
    folder = root / place
    if place == ".":
        root = folder = tmp_path / "NCBI-disease"
    corpus_at(folder, "train.tsv", "test.tsv")
    found = reproduction_data.find_folder(NCBI, str(root), {})
    assert (tmp_path / found).samefile(folder)


def test_a_folder_without_training_data_is_not_it(tmp_path):
    corpus_at(tmp_path / "a" / "NCBI-disease", "readme.md")
    right = corpus_at(tmp_path / "b" / "NCBI-disease", "train.tsv")
    found = reproduction_data.find_folder(NCBI, str(tmp_path), {})
    assert found == str(right)


def test_two_that_could_be_it_are_named(tmp_path):
    for name in "ab":
        corpus_at(tmp_path / name / "NCBI-disease", "train.tsv")
    with pytest.raises(InputError, match="several folders could be") as caught:
        reproduction_data.find_folder(NCBI, str(tmp_path), {})
    assert "--corpus_dir=ncbi_disease=PATH" in str(caught.value)
    given = {"ncbi_disease": "elsewhere"}
    found = reproduction_data.find_folder(NCBI, str(tmp_path), given)
    assert found == "elsewhere"


def test_the_usual_name_comes_before_others(tmp_path):
    # BLUE's relations and clinicalBERT's entities, side by side.
    relations = find_table("bluebert").experiment("i2b2_2010_relations")
    right = corpus_at(tmp_path / "i2b2_2010_relations", "train.tsv")
    other = corpus_at(tmp_path / "i2b2_2010", "train.tsv")
    assert reproduction_data.find_folder(relations, str(tmp_path), {}) == str(
        right
    )
    (right / "train.tsv").unlink()
    assert reproduction_data.find_folder(relations, str(tmp_path), {}) == str(
        other
    )


def test_a_link_is_no_second_folder(tmp_path):
    right = corpus_at(tmp_path / "b" / "NCBI-disease", "train.tsv")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "c").symlink_to(tmp_path)  # in a circle
    found = reproduction_data.find_folder(NCBI, str(tmp_path), {})
    assert (tmp_path / found).samefile(right)


def test_what_is_missing_is_said_with_how_to_get_it(tmp_path):
    asked = dataclasses.replace(NCBI, access="on request")
    with pytest.raises(InputError, match="Access: on request"):
        reproduction_data.find_folder(asked, str(tmp_path), {})


@pytest.mark.parametrize(
    ("root", "said"),
    [("nowhere", "no such folder"), ("gs://bucket/data", "not searched")],
)
def test_a_root_that_is_none_is_said(tmp_path, root, said):
    place = root if "://" in root else str(tmp_path / root)
    with pytest.raises(InputError, match=said) as caught:
        reproduction_data.find_folder(NCBI, place, {})
    assert "--corpus_dir=ncbi_disease=PATH" in str(caught.value)


def test_folds_are_folders_with_numbers(tmp_path):
    for number in (1, 2, 10):
        corpus_at(tmp_path / "GAD" / str(number), "train.tsv", "test.tsv")
    corpus_at(tmp_path / "GAD" / "notes")
    found = reproduction_data.find_folder(GAD, str(tmp_path), {})
    assert reproduction_data.folds_in(found) == [1, 2, 10]


def test_an_empty_dev_file_is_none(tmp_path):
    fold = corpus_at(tmp_path / "1", "train.tsv", "test.tsv")
    (fold / "dev.tsv").touch()
    assert reproduction_data.splits_in(GAD, str(fold)) == ["train", "test"]
