import logging

import pytest

from foundation.errors import InputError
from tasks.catalog import find_corpus
from tasks.corpus import find_split, has_split, read_split

TYPED = "Vintarol\tB-Chemical\nhelps\tO\nfever\tB-Disease\n"
UNTYPED = "Vintarol\tB\nhelps\tO\nfever\tO\n"


@pytest.fixture
def folder(tmp_path):
    def _folder(**contents):
        for name, content in contents.items():
            (tmp_path / name.replace("__", ".")).write_text(content)
        return str(tmp_path)

    return _folder


@pytest.mark.parametrize(
    ("split", "name"),
    [
        ("dev", "dev.tsv"),
        ("dev", "devel.conll"),
        ("dev", "valid.txt"),
        ("train", "train.iob2"),
        ("train_dev", "train_dev.tsv"),
        ("test", "test.csv"),
    ],
)
def test_usual_names_are_found(tmp_path, split, name):
    (tmp_path / name).write_text(TYPED)
    assert find_split(find_corpus("ner"), str(tmp_path), split) == str(
        tmp_path / name
    )


def test_the_first_of_two_files_is_read_and_said(folder, caplog):
    data_dir = folder(dev__tsv=TYPED, devel__tsv=UNTYPED)
    path = find_split(find_corpus("ner"), data_dir, "dev")
    assert path.endswith("devel.tsv")
    assert "devel.tsv and dev.tsv; devel.tsv is read" in caplog.text


def test_missing_files_are_listed(folder, tmp_path):
    data_dir = folder(notes__md="secret")
    with pytest.raises(InputError) as caught:
        find_split(find_corpus("jnlpba"), data_dir, "train")
    message = str(caught.value)
    assert "no train file for task jnlpba" in message
    assert "got a folder with notes.md" in message
    assert "Genia4ERtask1.iob2" in message
    assert "secret" not in message
    with pytest.raises(InputError, match="data folder is missing"):
        find_split(find_corpus("ner"), str(tmp_path / "x"), "train")
    with pytest.raises(InputError, match="data folder is a file"):
        find_split(find_corpus("ner"), data_dir + "/notes.md", "train")
    with pytest.raises(ValueError, match="split"):
        find_split(find_corpus("ner"), data_dir, "training")


def test_train_dev_is_a_file_or_its_two_parts(folder):
    data_dir = folder(train__tsv=TYPED, devel__tsv=TYPED + "\nx\tO\n")
    corpus = find_corpus("ner")
    sentences, used = read_split(corpus, data_dir, "train_dev")
    assert len(sentences) == 3
    assert [u.path[-9:] for u in used] == ["train.tsv", "devel.tsv"]
    assert used[1].num_entities == 2
    data_dir = folder(train_dev__tsv=TYPED)
    sentences, used = read_split(corpus, data_dir, "train_dev")
    assert len(sentences) == len(used) == 1


def test_has_split(folder):
    corpus = find_corpus("ner")
    data_dir = folder(train__tsv=TYPED)
    assert has_split(corpus, data_dir, "train")
    assert not has_split(corpus, data_dir, "train_dev")
    data_dir = folder(dev__tsv=TYPED)
    assert has_split(corpus, data_dir, "train_dev")


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("bc5cdr", ("B-Chemical", "O", "B-Disease")),
        ("bc5cdr_chem", ("B-Chemical", "O", "O")),
        ("bc5cdr_disease", ("O", "O", "B-Disease")),
    ],
)
def test_one_type_is_kept_of_a_typed_file(folder, name, tags):
    data_dir = folder(train__tsv=TYPED)
    (sentence,), (used,) = read_split(find_corpus(name), data_dir, "train")
    assert sentence.tags == tags
    assert used.num_entities == len(set(tags)) - 1


def test_other_types_are_refused(folder):
    data_dir = folder(train__tsv=TYPED + "\np53\tB-protein\n")
    with pytest.raises(InputError, match=r":5: .*got B-protein, expected"):
        read_split(find_corpus("bc5cdr"), data_dir, "train")
    data_dir = folder(train__tsv=TYPED + "\np53\tB\n")
    with pytest.raises(InputError, match=r":5: .*got B, expected"):
        read_split(find_corpus("bc5cdr"), data_dir, "train")


def test_untyped_files_are_taken_and_said(folder, caplog):
    data_dir = folder(train__tsv=UNTYPED)
    with caplog.at_level(logging.INFO):
        (sentence,), _ = read_split(find_corpus("bc5cdr"), data_dir, "train")
    assert sentence.tags == ("B", "O", "O")
    assert "scores are not comparable" in caplog.text


def test_repaired_entities_are_counted_and_said(folder, caplog):
    rows = "a\tB-X\n\nb\tI-X\n"
    data_dir = folder(train__tsv=rows)
    read_split(find_corpus("ner"), data_dir, "train")
    assert "1 of 2 entities do not start with a B" in caplog.text


def test_a_wrong_tag_column_is_refused_with_its_line(folder):
    data_dir = folder(train__tsv="a\tO\nb\tNNP\n")
    with pytest.raises(InputError, match=r"train\.tsv:2: not a tag"):
        read_split(find_corpus("ner"), data_dir, "train")


def test_bluebert_names_are_found(tmp_path):
    corpus = find_corpus("clefe")
    for split, name in [
        ("train", "Training.tsv"),
        ("dev", "Development.tsv"),
        ("test", "Test.tsv"),
    ]:
        (tmp_path / name).write_text(UNTYPED)
        assert find_split(corpus, str(tmp_path), split).endswith(name)
    assert has_split(corpus, str(tmp_path), "train_dev")
    # BlueBERT trains on both: --train_split=train_dev.
    _, used = read_split(corpus, str(tmp_path), "train_dev")
    assert [file.path.rpartition("/")[2] for file in used] == [
        "Training.tsv",
        "Development.tsv",
    ]


def test_types_of_ones_own_are_taken_where_no_files_are_published(
    folder, caplog
):
    data_dir = folder(train__tsv="febre\tB-Sign_or_Symptom\n")
    (sentence,), _ = read_split(find_corpus("semclinbr"), data_dir, "train")
    assert sentence.tags == ("B-Sign_or_Symptom",)
    assert "semclinbr is not known for: Sign_or_Symptom" in caplog.text


@pytest.mark.parametrize(
    ("tags", "entities"),
    [
        # SciBERT's, of which none starts with a B; then P, I, O for the types.
        ("I-PAR I-PAR O I-INT I-OUT", 3),
        ("B-P I-P O B-I B-O", 3),
        ("I-O I-O O I-I I-O", 3),
    ],
)
def test_forms_of_ebm_nlp(folder, tags, entities):
    rows = [f"w{i}\t{tag}\n" for i, tag in enumerate(tags.split())]
    data_dir = folder(train__tsv="".join(rows))
    (sentence,), (used,) = read_split(
        find_corpus("ebm_pico"), data_dir, "train"
    )
    assert sentence.tags == tuple(tags.split())
    assert used.num_entities == entities


@pytest.mark.parametrize("tags", ["P O I N", "1_p N 1_o N"])
def test_bare_classes_of_ebm_nlp_are_not_taken_for_tags(folder, tags):
    # There O is an outcome and N is outside: as IOB it would be nonsense.
    rows = [f"w{i} NN {tag}\n" for i, tag in enumerate(tags.split())]
    with pytest.raises(InputError, match="not a tag of a known scheme"):
        read_split(
            find_corpus("ebm_pico"), folder(train__txt="".join(rows)), "train"
        )


@pytest.mark.shared
def test_the_real_portuguese_corpus_is_read(shared_dir):
    data_dir = str(shared_dir / "data/pt/PortugueseClinicalNER/conll")
    corpus = find_corpus("portuguese_clinical")
    train, (used,) = read_split(corpus, data_dir, "train")
    assert (used.num_sentences, used.num_words) == (1772, 41311)
    assert used.num_entities == 11233
    kinds = {tag[2:] for s in train for tag in s.tags} - {""}
    assert kinds == set(corpus.expected_types)
    _, (used,) = read_split(corpus, data_dir, "dev")
    assert (used.num_sentences, used.num_words) == (213, 5245)
    assert used.num_entities == 1495
