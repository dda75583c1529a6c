import os

import pytest

from foundation.errors import InputError
from tasks.catalog import find_corpus
from tasks.corpus import read_split
from tasks.corpus_views import only_type, only_types, type_folder, types_in
from tasks.labels import labels_from_train

ROWS = """Dor\tB-Sign
forte\tI-Sign
com\tO
lesão\tB-Disorders

Vintarol\tB-ChemicalDrugs
e\tO
lesão\tB-Disorders
"""


@pytest.fixture
def data_dir(tmp_path):
    (tmp_path / "train.tsv").write_text(ROWS)
    (tmp_path / "dev.tsv").write_text("febre\tB-Sign\n\nbem\tO\n")
    (tmp_path / "test.tsv").write_text("queda\tB-Disorders\n")
    return str(tmp_path)


def tags_of(corpus, data_dir, split="train"):
    sentences, _ = read_split(corpus, data_dir, split)
    return [" ".join(sentence.tags) for sentence in sentences]


@pytest.mark.parametrize("task", ["ner", "semclinbr"])
def test_other_types_become_o(task, data_dir):
    corpus = only_types(find_corpus(task), ["Disorders", "ChemicalDrugs"])
    assert tags_of(corpus, data_dir) == [
        "O O O B-Disorders",
        "B-ChemicalDrugs O B-Disorders",
    ]
    train, (used,) = read_split(corpus, data_dir, "train")
    assert used.num_entities == 3
    assert labels_from_train(train, scheme="word").labels == (
        *("O", "B-ChemicalDrugs", "I-ChemicalDrugs"),
        *("B-Disorders", "I-Disorders"),
    )


def test_words_and_sentences_stay(data_dir):
    whole, _ = read_split(find_corpus("ner"), data_dir, "train")
    one, _ = read_split(
        only_type(find_corpus("ner"), "Sign"), data_dir, "train"
    )
    assert [s.words for s in one] == [s.words for s in whole]
    assert [s.line for s in one] == [s.line for s in whole]


def test_an_unknown_type_is_refused_with_what_is_there(data_dir):
    corpus = only_types(find_corpus("ner"), ["sign", "Drug"])
    with pytest.raises(InputError) as caught:
        read_split(corpus, data_dir, "train")
    message = str(caught.value)
    assert "got sign, Drug" in message
    assert "expected some of ChemicalDrugs, Disorders, Sign" in message
    assert "did you mean Sign?" in message
    assert data_dir in message


def test_what_a_corpus_cannot_have_is_refused_before_reading():
    with pytest.raises(InputError, match="got Gene, expected some of Chem"):
        only_type(find_corpus("bc5cdr"), "Gene")
    # bc5cdr_chem leaves diseases out: they cannot be asked for.
    with pytest.raises(InputError, match="types of task bc5cdr_chem"):
        only_type(find_corpus("bc5cdr_chem"), "Disease")
    assert only_type(find_corpus("bc5cdr"), "Disease").asked_types == (
        "Disease",
    )


@pytest.mark.parametrize("kinds", [[], [""], ["Sign", ""]])
def test_a_type_must_be_named(kinds):
    with pytest.raises(InputError, match="no entity type is named"):
        only_types(find_corpus("ner"), kinds)


@pytest.mark.parametrize("split", ["train", "dev"])
def test_tags_without_types_are_refused(tmp_path, split):
    (tmp_path / f"{split}.tsv").write_text("dor\tB\nforte\tI\n")
    corpus = only_type(find_corpus("ner"), "Sign")
    with pytest.raises(InputError, match="no entity types to choose from"):
        read_split(corpus, str(tmp_path), split)


def test_a_type_that_only_dev_lacks_is_said(data_dir, caplog):
    corpus = only_type(find_corpus("ner"), "Disorders")
    assert tags_of(corpus, data_dir, "dev") == ["O", "O"]
    assert "no Disorders in dev, which has Sign" in caplog.text
    caplog.clear()
    assert tags_of(corpus, data_dir, "test") == ["B-Disorders"]
    assert "no Disorders" not in caplog.text


def test_joined_train_and_dev_may_have_a_type_in_one_part(data_dir):
    corpus = only_type(find_corpus("ner"), "Disorders")
    assert len(tags_of(corpus, data_dir, "train_dev")) == 4


def test_types_in_the_corpus_s_order(data_dir):
    # Disorders and ChemicalDrugs head the table of BioBERTpt.
    assert types_in(find_corpus("semclinbr"), data_dir) == [
        *("Disorders", "ChemicalDrugs", "Sign"),
    ]
    assert types_in(find_corpus("ner"), data_dir) == [
        *("ChemicalDrugs", "Disorders", "Sign"),
    ]
    asked = only_types(find_corpus("ner"), ["Sign", "Disorders"])
    assert types_in(asked, data_dir) == ["Sign", "Disorders"]


def test_one_tagger_per_type_needs_types(tmp_path):
    (tmp_path / "train.tsv").write_text("dor\tB\n")
    with pytest.raises(InputError, match="got tags without type"):
        types_in(find_corpus("ner"), str(tmp_path))
    (tmp_path / "train.tsv").write_text("dor\tO\n")
    with pytest.raises(InputError, match="got no entities"):
        types_in(find_corpus("ner"), str(tmp_path))


@pytest.mark.shared
def test_every_type_of_the_real_corpus_gets_its_view(shared_dir):
    data_dir = str(shared_dir / "data/pt/PortugueseClinicalNER/conll")
    corpus = find_corpus("portuguese_clinical")
    kinds = types_in(corpus, data_dir)
    assert kinds == list(corpus.expected_types)
    total = 0
    for kind in kinds:
        train, (used,) = read_split(only_type(corpus, kind), data_dir, "train")
        labels = labels_from_train(train, scheme="word").labels
        assert labels == ("O", f"B-{kind}", f"I-{kind}")
        total += used.num_entities
    assert total == 11233


@pytest.mark.parametrize("kind", ["LOCATION-OTHER", "a/b", "..", ".", "a b"])
def test_folders_of_types_are_safe_and_their_own(kind, tmp_path):
    name = type_folder(kind)
    folder = tmp_path / name
    assert os.path.dirname(os.path.normpath(folder)) == str(tmp_path)
    assert name.startswith("type-")
    assert len({type_folder(k) for k in ("a/b", "a_b", "a%2Fb", "a.b")}) == 4
