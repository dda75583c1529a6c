import json

import pytest

from foundation.errors import InputError
from tasks.idx2tag import FILE_NAME, read_idx2tag, write_idx2tag
from tasks.labels import BIOBERT_LABELS, LabelMap
from tasks.tagging_features import word_tags

WORD = LabelMap(("O", "B-Disorder", "I-Disorder"), "word")


@pytest.fixture
def file(tmp_path):
    def _file(value):
        path = tmp_path / FILE_NAME
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return str(path)

    return _file


def test_it_is_bioberttpt_s_file(tmp_path):
    write_idx2tag(WORD, str(tmp_path))
    value = json.loads((tmp_path / "idx2tag.json").read_text("utf-8"))
    assert value == {"0": "O", "1": "B-Disorder", "2": "I-Disorder"}
    assert list(value) == ["0", "1", "2"]


@pytest.mark.parametrize(
    "labels",
    [
        WORD,
        LabelMap(("B", "I", "O"), "word"),
        LabelMap(("O", "B-a+b"), "word"),
    ],
)
def test_what_is_written_is_read(labels, tmp_path):
    write_idx2tag(labels, str(tmp_path))
    assert read_idx2tag(str(tmp_path / FILE_NAME)) == labels


def test_a_map_with_classes_of_pieces_keeps_its_ids(tmp_path):
    write_idx2tag(BIOBERT_LABELS, str(tmp_path))
    text = (tmp_path / FILE_NAME).read_text("utf-8")
    assert json.loads(text)["0"] == "PAD"  # what BioBERTpt's notebook skips
    labels = read_idx2tag(str(tmp_path / FILE_NAME))
    assert labels.labels == BIOBERT_LABELS.labels
    assert labels.scheme == "word"


@pytest.mark.parametrize("padding", ["PAD", "[PAD]", "<pad>"])
def test_special_classes_are_known_and_never_a_word_s_tag(file, padding):
    # In no order, as json.dump of a Python dict may have it.
    path = file({"3": "X", "0": "I-C", "2": "O", "4": padding, "1": "B-C"})
    labels = read_idx2tag(path)
    assert labels.labels == ("I-C", "B-C", "O", "X", "[PAD]")
    predicted = [labels.labels[i] for i in (1, 3, 4)]
    assert word_tags(predicted, num_words=3) == ["B-C", "O", "O"]


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        ["O", "B"],
        7,
        None,
        {"0": "O", "2": "B"},
        {"1": "O", "2": "B"},
        {"a": "O"},
        {"0": "O", "1": 1},
        {str(i): f"B-{i}" for i in range(300)},
    ],
)
def test_other_json_is_refused(file, value):
    path = file(value)
    with pytest.raises(InputError, match="not a model's tags") as caught:
        read_idx2tag(path)
    assert path in str(caught.value)


@pytest.mark.parametrize(
    "tag", ["LABEL_0", "S-C", "-C", "NNP", "Maria da Silva"]
)
def test_labels_that_are_no_iob_are_refused(file, tag):
    with pytest.raises(InputError, match="cannot read off a model") as caught:
        read_idx2tag(file({"0": "O", "1": tag}))
    assert "Maria" not in str(caught.value)


@pytest.mark.parametrize(
    "value", [{"0": "O", "1": "O"}, {"0": "PAD", "1": "<pad>", "2": "O"}]
)
def test_labels_must_differ(file, value):
    with pytest.raises(InputError, match="no label set"):
        read_idx2tag(file(value))


def test_outside_must_be_among_them(file):
    with pytest.raises(InputError, match="O among them"):
        read_idx2tag(file({"0": "B-C", "1": "I-C"}))


def test_damaged_and_missing_files_are_named(file, tmp_path):
    with pytest.raises(InputError, match=r"idx2tag\.json:2: .*damaged"):
        read_idx2tag(file('{"0": "O",\n'))
    with pytest.raises(InputError, match="the model's tags"):
        read_idx2tag(str(tmp_path / "none.json"))
