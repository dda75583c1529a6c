import json

import pytest

from foundation.errors import InputError
from tasks.labels import LabelMap, labels_from_train
from tasks.readers import TaggedSentence


def _sentence(tags, line=1):
    tags = tuple(tags.split())
    return TaggedSentence(("w",) * len(tags), tags, line)


@pytest.mark.parametrize(
    ("scheme", "tags", "labels"),
    [
        ("word", "O B I", "O B I"),
        ("word", "B", "O B I"),
        ("word", "I-b B-a O", "O B-a I-a B-b I-b"),
        ("word", "S-b B-a E-a", "O B-a I-a B-b I-b"),
        ("biobert", "O B I", "[PAD] B I O X [CLS] [SEP]"),
        ("biobert", "B-b O I-a", "[PAD] B-a I-a B-b I-b O X [CLS] [SEP]"),
        ("biobert", "S-a O", "[PAD] B-a I-a O X [CLS] [SEP]"),
    ],
)
def test_order_is_fixed(scheme, tags, labels):
    label_map = labels_from_train([_sentence(tags)], scheme=scheme)
    assert label_map.labels == tuple(labels.split())
    backwards = _sentence(" ".join(reversed(tags.split())))
    assert labels_from_train([backwards], scheme=scheme) == label_map
    assert [label_map.id_of(x) for x in label_map.labels] == list(
        range(len(label_map))
    )


@pytest.mark.parametrize("scheme", ["word", "biobert"])
def test_training_data_without_an_entity_is_refused(scheme):
    with pytest.raises(InputError, match=r"no entity.* in 2 sentences"):
        labels_from_train([_sentence("O O"), _sentence("O")], scheme=scheme)


def test_unknown_label_names_file_line_and_known_ones():
    label_map = labels_from_train([_sentence("O B-X")], scheme="word")
    label_map.check([_sentence("O I-X")], "dev.tsv")
    with pytest.raises(InputError) as caught:
        label_map.check([_sentence("O O B-Y", line=4)], "dev.tsv")
    message = str(caught.value)
    assert message.startswith("dev.tsv:6: unknown label: got B-Y")
    assert "O, B-X, I-X" in message
    with pytest.raises(InputError, match="unknown label"):
        label_map.id_of("B-Y")


def test_special_classes_are_no_tags_of_words():
    label_map = labels_from_train([_sentence("O B")], scheme="biobert")
    assert label_map.tags == ("B", "I", "O")
    with pytest.raises(InputError, match=r"dev\.tsv:1: unknown label: got X"):
        label_map.check([_sentence("X")], "dev.tsv")


def test_saved_and_loaded(tmp_path):
    label_map = LabelMap(("O", "B", "I"), "word")
    label_map.save(str(tmp_path / "new"))
    assert LabelMap.load(str(tmp_path / "new")) == label_map
    label_map.save(str(tmp_path / "new"))  # the same again is fine
    stored = json.loads((tmp_path / "new" / "label_map.json").read_text())
    assert stored == {"scheme": "word", "labels": ["O", "B", "I"]}


def test_a_folder_of_another_label_set_is_refused(tmp_path):
    LabelMap(("O", "B", "I"), "word").save(str(tmp_path))
    with pytest.raises(InputError) as caught:
        LabelMap(("O", "B-X", "I-X"), "word").save(str(tmp_path))
    assert "got word: O, B-X, I-X" in str(caught.value)
    assert "expected word: O, B, I" in str(caught.value)
    assert LabelMap.load(str(tmp_path)).labels == ("O", "B", "I")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("{", "damaged"),
        ("[]", "not a label map"),
        ('{"labels": [], "scheme": "word"}', "not a label map"),
        ('{"labels": ["O", 1], "scheme": "word"}', "not a label map"),
        ('{"labels": ["O", "O"], "scheme": "word"}', "not a label map"),
        ('{"labels": ["O"], "scheme": "x"}', "not a label map"),
    ],
)
def test_damaged_maps_are_explained(tmp_path, content, part):
    (tmp_path / "label_map.json").write_text(content)
    with pytest.raises(InputError, match=part):
        LabelMap.load(str(tmp_path))


def test_missing_map(tmp_path):
    with pytest.raises(InputError, match="label map is missing"):
        LabelMap.load(str(tmp_path))
