import logging
import shutil

import pytest
from absl import flags

from cli import tokenizer as tokenizer_flags
from cli.tokenizer import TokenizerOptions, load_tokenizer
from foundation.errors import InputError


def parse(*arguments, defaults=None):
    fv = flags.FlagValues()
    tokenizer_flags.define(fv, defaults=defaults or {})
    fv(["program", *arguments])
    return tokenizer_flags.read(fv)


@pytest.fixture
def vocabularies(golden_dir):
    return golden_dir / "tokenization"


@pytest.fixture
def uncased(vocabularies):
    return str(vocabularies / "vocab_uncased_2k.txt")


@pytest.fixture
def cased(vocabularies):
    return str(vocabularies / "vocab_cased_2k.txt")


@pytest.fixture
def model(vocabularies):
    return str(vocabularies / "spm_2k.model")


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, logger="absl")
    return caplog


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], None),
        (["--do_lower_case"], True),
        (["--nodo_lower_case"], False),
        (["--do_lower_case=true"], True),
        (["--do_lower_case=True"], True),
        (["--do_lower_case=false"], False),
        (["--do_lower_case=False"], False),
    ],
)
def test_do_lower_case_as_old_command_lines_write_it(arguments, expected):
    assert parse(*arguments).do_lower_case is expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], None),
        (["--strip_accents=auto"], None),
        (["--strip_accents=true"], True),
        (["--strip_accents=false"], False),
    ],
)
def test_strip_accents(arguments, expected):
    assert parse(*arguments).strip_accents is expected


def test_defaults_are_the_scripts_and_flags_go_before():
    defaults = {"control_characters": "any", "do_lower_case": False}
    options = parse("--vocab_file=v", defaults=defaults)
    assert options == TokenizerOptions(
        vocab_file="v", do_lower_case=False, control_characters="any"
    )
    options = parse("--control_characters=google", defaults=defaults)
    assert options.control_characters == "google"
    assert options.control_characters_given is True


@pytest.mark.parametrize(
    "argument", ["--strip_accents=maybe", "--control_characters=all"]
)
def test_an_unknown_value_is_refused(argument):
    with pytest.raises(flags.IllegalFlagValueError):
        parse(argument)


def test_casing_is_inferred_and_logged(uncased, cased, log):
    for path, lower_case, word in (
        (uncased, True, "uncased"),
        (cased, False, "cased"),
    ):
        log.clear()
        tokenizer = load_tokenizer(parse(f"--vocab_file={path}"))
        assert tokenizer.lower_case is lower_case
        assert len(log.messages) == 1
        assert f"the vocabulary is {word}" in log.messages[0]


def test_a_vocabulary_without_letters_gets_berts_default(tmp_path, log):
    path = tmp_path / "vocab.txt"
    path.write_text("[UNK]\n[CLS]\n[SEP]\n1\n", encoding="utf-8")
    assert load_tokenizer(TokenizerOptions(str(path))).lower_case is True
    assert "BERT's default" in log.text


@pytest.mark.parametrize("flag", ["--do_lower_case", "--nodo_lower_case"])
def test_a_flag_against_the_vocabulary_stops(uncased, cased, flag):
    right, wrong = (uncased, cased) if "no" not in flag else (cased, uncased)
    tokenizer = load_tokenizer(parse(f"--vocab_file={right}", flag))
    assert tokenizer.lower_case is (right == uncased)
    with pytest.raises(InputError, match="contradicts") as caught:
        load_tokenizer(parse(f"--vocab_file={wrong}", flag))
    assert wrong in str(caught.value)


def test_rules_reach_the_tokenizer(cased):
    options = parse(
        f"--vocab_file={cased}",
        "--strip_accents=true",
        "--control_characters=any",
    )
    rules = load_tokenizer(options, family="bert").rules
    assert (rules.lower_case, rules.strip_accents) == (False, True)
    assert rules.control_characters == "any"


def test_neither_file_is_given():
    with pytest.raises(InputError, match="neither --vocab_file nor"):
        load_tokenizer(parse())


def test_the_model_beside_the_vocabulary_is_used(tmp_path, model, log):
    # The BioALBERT README's line: a vocab.txt that its folder does not have.
    shutil.copy(model, tmp_path / "30k-clean.model")
    vocab_file = f"--vocab_file={tmp_path}/vocab.txt"
    for family in ("albert", None):
        log.clear()
        tokenizer = load_tokenizer(parse(vocab_file), family=family)
        assert tokenizer.family == "albert"
        assert "30k-clean.model" in log.messages[0]
    with pytest.raises(InputError, match="is missing"):
        load_tokenizer(parse(vocab_file), family="bert")


def test_albert_prefers_the_model_to_a_vocabulary(tmp_path, model, uncased):
    shutil.copy(model, tmp_path)
    shutil.copy(uncased, tmp_path / "vocab.txt")
    options = parse(f"--vocab_file={tmp_path}/vocab.txt")
    assert load_tokenizer(options, family="albert").family == "albert"
    assert load_tokenizer(options, family="bert").family == "bert"
    assert load_tokenizer(options).family == "bert"


def test_albert_without_a_model_names_the_folder(tmp_path, model, uncased):
    shutil.copy(uncased, tmp_path / "vocab.txt")
    options = parse(f"--vocab_file={tmp_path}/vocab.txt")
    with pytest.raises(InputError, match=r"0 \.model files") as caught:
        load_tokenizer(options, family="albert")
    assert str(tmp_path) in str(caught.value)
    assert "--spm_model_file" in str(caught.value)
    for name in ("a.model", "b.model"):
        shutil.copy(model, tmp_path / name)
    with pytest.raises(InputError, match=r"2 \.model files \(a\.model, b\."):
        load_tokenizer(options, family="albert")
    options = parse("--vocab_file=/no/such/folder/vocab.txt")
    with pytest.raises(InputError, match="no folder"):
        load_tokenizer(options, family="albert")
    with pytest.raises(InputError, match="the vocabulary is missing"):
        load_tokenizer(options)


def test_a_model_given_as_the_vocabulary(model):
    options = parse(f"--vocab_file={model}")
    assert load_tokenizer(options).family == "albert"


def test_bert_refuses_what_only_albert_has(uncased, model):
    options = parse(f"--vocab_file={uncased}", f"--spm_model_file={model}")
    with pytest.raises(InputError, match="--spm_model_file does not fit"):
        load_tokenizer(options, family="bert")


def test_albert_refuses_what_only_bert_has(model):
    model_flag = f"--spm_model_file={model}"
    with pytest.raises(InputError, match="--control_characters does not fit"):
        load_tokenizer(parse(model_flag, "--control_characters=any"))
    # A script's default is no request.
    defaults = {"control_characters": "any"}
    load_tokenizer(parse(model_flag, defaults=defaults))


def test_casing_of_a_model_with_capitals(model, log):
    model_flag = f"--spm_model_file={model}"
    assert load_tokenizer(parse(model_flag)).lower_case is True
    assert "ALBERT's default" in log.text
    options = parse(model_flag, "--do_lower_case=false")
    assert load_tokenizer(options).lower_case is False
    options = parse(model_flag, "--strip_accents=false")
    assert load_tokenizer(options).strip_accents is False


@pytest.mark.shared
def test_the_bioalbert_readmes_casing_is_warned_about(shared_dir, log):
    folder = shared_dir / "data" / "vocab" / "albert-30k"
    options = parse(f"--vocab_file={folder}/vocab.txt", "--nodo_lower_case")
    assert load_tokenizer(options, family="albert").lower_case is True
    assert [r.levelname for r in log.records] == ["INFO", "WARNING"]
    assert "has no capitals" in log.messages[1]
