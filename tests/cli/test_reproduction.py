"""The model's files, and the words of the command line."""

import pytest
from absl import flags

from cli import reproduction
from foundation import files
from foundation.errors import InputError


def test_a_vocabulary_that_is_named_is_the_one_recorded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # what it leaves is put back
    model = tmp_path / "a model"
    model.mkdir()
    for name in ("vocab.txt", "bert_config.json", "bert.ckpt.index"):
        (model / name).write_text("of the model", encoding="utf-8")
    (model / "bert.ckpt.data-00000-of-00001").write_bytes(b"0")
    # Behind the model's own in any order of names.
    other = tmp_path / "Another" / "vocab.txt"
    other.parent.mkdir()
    other.write_text("named", encoding="utf-8")
    fv = flags.FlagValues()
    reproduction.define(fv)
    fv(
        [
            "reproduce.py",
            f"--init_checkpoint={model / 'bert.ckpt'}",
            f"--vocab_file={other}",
            f"--output_dir={tmp_path / 'out'}",
        ]
    )
    found = reproduction.wanted(fv).model_sha256
    assert found["vocab.txt"] == files.sha256_of(str(other))
    assert found["bert_config.json"] == files.sha256_of(
        str(model / "bert_config.json")
    )
    assert set(found) == {
        "vocab.txt",
        "bert_config.json",
        "bert.ckpt.index",
        "bert.ckpt.data-00000-of-00001",
    }


def test_folders_of_a_line_may_have_commas(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # what it leaves is put back
    for end in ("index", "data-00000-of-00001"):
        (tmp_path / f"bert.ckpt.{end}").touch()
    fv = flags.FlagValues()
    reproduction.define(fv)
    fv(["reproduce.py", f"--output_dir={tmp_path / 'out'}"])
    given = {
        "init_checkpoint": str(tmp_path / "bert.ckpt"),
        "corpus_dir": "gad=a,b/GAD,euadr=/x=y/euadr",
    }
    wanted = reproduction.wanted(fv, given=given)
    assert wanted.corpus_dirs == {"gad": "a,b/GAD", "euadr": "/x=y/euadr"}


def test_a_table_is_run_once_however_often_it_is_named():
    names = ["biobert_re", "biobert_ner", "biobert_re"]
    found = [table.name for table in reproduction.tables(names)]
    assert found == ["biobert_re", "biobert_ner"]


def test_numbers_are_such_as_the_programs_take():
    assert reproduction.numbers(["3", " 1", "3"], flag="seeds") == [3, 1]
    for word in ("-1", "1.5", "2147483648", "first"):
        with pytest.raises(InputError, match="--seeds takes numbers"):
            reproduction.numbers([word], flag="seeds")
