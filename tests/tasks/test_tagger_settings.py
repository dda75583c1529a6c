"""tagger.json and the vocabulary's copy: the folder alone is enough."""

from __future__ import annotations

import dataclasses
import json

import pytest

from foundation.errors import InputError
from tasks.model_settings import vocabulary_name
from tasks.tagger_settings import TaggerSettings
from tasks.tagging_features import Limits

FILE_NAME = TaggerSettings.file_name

SETTINGS = TaggerSettings(
    vocabulary="vocab.txt",
    lower_case=True,
    strip_accents=None,
    control_characters="any",
    max_seq_length=64,
    doc_stride=31,
    repairs_tags=True,
    uses_crf=False,
)


@pytest.fixture
def vocabulary(golden_dir):
    return golden_dir / "tokenization" / "vocab_uncased_2k.txt"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"doc_stride": None, "strip_accents": False, "uses_crf": True},
        {"control_characters": "google", "repairs_tags": False},
    ],
)
def test_what_is_saved_is_read(tmp_path, vocabulary, changes):
    settings = dataclasses.replace(SETTINGS, **changes)
    folder = tmp_path / "out"
    folder.mkdir()
    assert not TaggerSettings.is_in(str(folder))
    settings.save(str(folder), vocabulary=str(vocabulary))
    assert TaggerSettings.is_in(str(folder))
    assert TaggerSettings.load(str(folder)) == settings
    assert (folder / "vocab.txt").read_bytes() == vocabulary.read_bytes()
    assert sorted(p.name for p in folder.iterdir()) == [FILE_NAME, "vocab.txt"]
    # The same again, as a run that goes on does it, touches no vocabulary.
    before = (folder / "vocab.txt").stat().st_mtime_ns
    settings.save(str(folder), vocabulary=str(folder / "vocab.txt"))
    assert (folder / "vocab.txt").stat().st_mtime_ns == before


def test_limits():
    assert SETTINGS.limits == Limits(64, 31)
    cut = dataclasses.replace(SETTINGS, doc_stride=None)
    assert cut.limits == Limits(64)


def test_wordpiece_as_it_was(tmp_path, vocabulary):
    """Casing, accents and control characters are those of the training."""
    words = {}
    for accents in (None, False):
        for control in ("any", "google"):
            settings = dataclasses.replace(
                SETTINGS, strip_accents=accents, control_characters=control
            )
            settings.save(str(tmp_path), vocabulary=str(vocabulary))
            pieces = TaggerSettings.load(str(tmp_path)).load_tokenizer(
                str(tmp_path)
            )
            assert pieces.family == "bert"
            assert pieces.lower_case
            words[accents, control] = [
                pieces.pieces(pieces.encode_word(word))
                for word in ("DOENÇA", "a\u0378b")
            ]
    assert words[None, "any"][0] != words[False, "any"][0]
    assert words[None, "any"][1] != words[None, "google"][1]


def test_sentencepiece_keeps_its_name(tmp_path, golden_dir):
    """Its ending says what it is."""
    model = golden_dir / "tokenization" / "spm_2k.model"
    name = vocabulary_name(str(model))
    assert name == "spm_2k.model"
    assert vocabulary_name("/a/b/vocab_cased_2k.txt") == "vocab.txt"
    settings = dataclasses.replace(SETTINGS, vocabulary=name)
    settings.save(str(tmp_path), vocabulary=str(model))
    pieces = TaggerSettings.load(str(tmp_path)).load_tokenizer(str(tmp_path))
    assert pieces.family == "albert"
    assert pieces.vocab_size == 2000


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"uses_crf": None}, "not complete"),
        ({"later": 1}, "not complete"),
        ({"vocabulary": "../../etc/passwd"}, "outside the folder"),
        ({"vocabulary": "/etc/passwd"}, "outside the folder"),
    ],
)
def test_settings_that_cannot_be(tmp_path, vocabulary, changed, problem):
    SETTINGS.save(str(tmp_path), vocabulary=str(vocabulary))
    path = tmp_path / FILE_NAME
    value = json.loads(path.read_text()) | changed
    if changed == {"uses_crf": None}:
        del value["uses_crf"]
    path.write_text(json.dumps(value))
    with pytest.raises(InputError, match=problem) as caught:
        TaggerSettings.load(str(tmp_path))
    assert caught.value.path == str(path)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_a_damaged_file(tmp_path, text):
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(InputError, match="settings") as caught:
        TaggerSettings.load(str(tmp_path))
    assert caught.value.path == str(tmp_path / FILE_NAME)


def test_no_settings(tmp_path):
    with pytest.raises(InputError, match="settings"):
        TaggerSettings.load(str(tmp_path))


@pytest.mark.parametrize(
    "changed",
    [
        {"max_seq_length": "64"},
        {"max_seq_length": 2},
        {"doc_stride": 63},
        {"doc_stride": 0},
        {"doc_stride": "31"},
        {"lower_case": "no"},
        {"vocabulary": ""},
    ],
)
def test_values_of_another_kind_are_refused(tmp_path, vocabulary, changed):
    """A file that was edited by hand gives a message, not a stack trace."""
    SETTINGS.save(str(tmp_path), vocabulary=str(vocabulary))
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(InputError):
        TaggerSettings.load(str(tmp_path))
