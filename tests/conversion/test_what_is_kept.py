"""Heads, labels and settings: what goes along, what is refused as a loss."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from conversion.conversion import ConversionOptions, convert
from conversion.found_model import ModelChoice
from conversion.model_card import CardFacts
from foundation.errors import InputError
from modeling.weights.safetensors_file import SafetensorsFile
from modeling.weights.safetensors_writer import write_safetensors
from tasks.labels import LabelMap
from tests.random_models import write_classifier, write_questions
from tests.random_tagger import write_tagger
from tests.tiny_configs import tiny_bert

pytestmark = pytest.mark.usefixtures("few_sentences")
CONFIG = tiny_bert(vocab_size=2048, gelu_form="tanh")


@pytest.fixture
def vocabulary(fixtures_dir):
    return fixtures_dir / "demo_checkpoint" / "vocab.txt"


@pytest.fixture
def masked_lm(fixtures_dir, tmp_path):
    """A masked LM as a Hugging Face folder."""
    folder = tmp_path / "masked_lm"
    convert(str(fixtures_dir / "demo_checkpoint"), str(folder))
    return folder


def _change_config(folder, name, **changes):
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("head", ["token_classification", "question_answering"])
def test_a_head_that_is_not_there(masked_lm, tmp_path, head):
    with pytest.raises(InputError, match=f"no head for {head}"):
        convert(
            str(masked_lm), str(tmp_path / "a"), choice=ModelChoice(head=head)
        )
    _change_config(
        masked_lm, "config.json", architectures=["BertForTokenClassification"]
    )
    with pytest.raises(InputError, match="no head for token_classification"):
        convert(str(masked_lm), str(tmp_path / "a"))
    assert not (tmp_path / "a").exists()


def test_a_decoder_of_its_own_is_never_lost(masked_lm, tmp_path):
    path = masked_lm / "model.safetensors"
    old = SafetensorsFile(str(path))
    tensors = {name: old[name] for name in old}
    words = tensors["bert.embeddings.word_embeddings.weight"]
    tensors["cls.predictions.decoder.weight"] = words + np.float32(1)
    write_safetensors(
        str(path), {k: v.shape for k, v in tensors.items()}, tensors.__getitem__
    )
    _change_config(masked_lm, "config.json", tie_word_embeddings=False)
    for loss in (False, True):
        for head in (None, "masked_lm"):
            with pytest.raises(InputError, match="output layer of its own"):
                convert(
                    str(masked_lm),
                    str(tmp_path / "a"),
                    ConversionOptions(allow_loss=loss),
                    choice=ModelChoice(head=head),
                )
    report = convert(
        str(masked_lm),
        str(tmp_path / "a"),
        ConversionOptions(target_format="huggingface"),
        choice=ModelChoice(head="encoder"),
    )
    config = json.loads((tmp_path / "a" / "config.json").read_text())
    assert config["tie_word_embeddings"] is True
    assert "the source has no pooler" in report.notes[0]


def test_what_a_form_does_not_have_is_not_asked_for_in_vain(
    masked_lm, tmp_path
):
    for options in (
        ConversionOptions(drop_crf=True),
        ConversionOptions(card=CardFacts(license="mit")),
    ):
        with pytest.raises(InputError, match="no model card"):
            convert(str(masked_lm), str(tmp_path / "a"), options)
    options = ConversionOptions(target_format="huggingface", drop_crf=True)
    report = convert(str(masked_lm), str(tmp_path / "a"), options)
    assert not any("CRF" in note for note in report.notes)  # there was none


def test_any_loss_is_not_that_of_a_crf(vocabulary, tmp_path):
    source = write_tagger(
        tmp_path / "run", CONFIG, vocabulary, lower_case=False, uses_crf=True
    )
    with pytest.raises(InputError, match="no CRF"):
        convert(
            str(source), str(tmp_path / "a"), ConversionOptions(allow_loss=True)
        )
    convert(str(source), str(tmp_path / "a"), ConversionOptions(drop_crf=True))
    settings = json.loads((tmp_path / "a" / "tagger.json").read_text())
    assert settings["uses_crf"] is False  # else nothing here could read it


def test_a_choice_among_texts_there_and_back(vocabulary, tmp_path):
    source = tmp_path / "run"
    source.mkdir()
    write_classifier(source, CONFIG, vocabulary, kind="choice")
    for before, after in (("run", "hf"), ("hf", "tf1"), ("tf1", "hf2")):
        report = convert(str(tmp_path / before), str(tmp_path / after))
        assert report.head == "multiple_choice"
        labels = (tmp_path / after / "label_map.json").read_bytes()
        assert labels == (source / "label_map.json").read_bytes()


def test_settings_of_a_head_that_is_left_out_stay_behind(vocabulary, tmp_path):
    source = tmp_path / "run"
    source.mkdir()
    write_questions(source, CONFIG, vocabulary, answer_type="yesno")
    target = tmp_path / "encoder"
    report = convert(
        str(source), str(target), choice=ModelChoice(head="encoder")
    )
    assert not (target / "question_answering.json").exists()
    assert not any("question" in note for note in report.notes)


def test_a_tf1_config_says_which_of_three_heads_it_was(vocabulary, tmp_path):
    source = write_tagger(
        tmp_path / "run", CONFIG, vocabulary, lower_case=False
    )
    convert(str(source), str(tmp_path / "hf"))
    for name in ("tagger.json", "label_map.json"):  # as of somebody else's
        (tmp_path / "hf" / name).unlink()
    convert(str(tmp_path / "hf"), str(tmp_path / "tf1"))
    report = convert(str(tmp_path / "tf1"), str(tmp_path / "hf2"))
    assert report.head == "token_classification"
    first = (tmp_path / "hf" / "model.safetensors").read_bytes()
    assert (tmp_path / "hf2" / "model.safetensors").read_bytes() == first


def test_other_labels_than_outputs(vocabulary, tmp_path):
    source = write_tagger(
        tmp_path / "run", CONFIG, vocabulary, lower_case=False
    )
    LabelMap(("O", "B-Sign", "I-Sign"), "word").save(str(tmp_path))
    shutil.copy(tmp_path / "label_map.json", source)
    with pytest.raises(InputError, match="got 3 labels and 5 outputs"):
        convert(str(source), str(tmp_path / "a"))


@pytest.mark.parametrize(
    "name",
    ["vocab.txt", "label_map.json", "tagger.json", "conversion.json"],
)
@pytest.mark.parametrize("to_format", ["tf1", "huggingface"])
def test_files_of_the_target_are_kept(vocabulary, tmp_path, name, to_format):
    source = write_tagger(
        tmp_path / "run", CONFIG, vocabulary, lower_case=False
    )
    target = tmp_path / "target"
    target.mkdir()
    (target / name).write_text("mine")
    with pytest.raises(InputError, match="a model already"):
        convert(
            str(source), str(target), ConversionOptions(target_format=to_format)
        )
    assert [path.name for path in target.iterdir()] == [name]
    assert (target / name).read_text() == "mine"


def test_overwriting_leaves_no_settings_of_another_model(masked_lm, tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    (target / "tagger.json").write_text("{}")
    options = ConversionOptions(target_format="huggingface", overwrite=True)
    with pytest.raises(InputError, match=r"got tagger\.json"):
        convert(str(masked_lm), str(target), options)


def test_a_folder_is_of_one_form(masked_lm, fixtures_dir, tmp_path):
    tf1 = tmp_path / "tf1"
    shutil.copytree(fixtures_dir / "demo_checkpoint", tf1)
    for source, to_format in ((tf1, "huggingface"), (masked_lm, "tf1")):
        before = sorted(source.iterdir())
        options = ConversionOptions(target_format=to_format, overwrite=True)
        with pytest.raises(InputError, match="not both"):
            convert(str(source), str(source), options)
        assert sorted(source.iterdir()) == before
