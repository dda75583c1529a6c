"""Bad input: one line with got, expected and the next step, at once.

Each case spoils one thing in a folder on which the real script runs.
"""

import contextlib
import os
import re
import resource
import subprocess

import pytest

from tests.bad_input_world import make_world, run_script

LONGEST_SECONDS = 10  # of processor time
LOG_LINE = re.compile(r"[IWE]\d{4} |\d{4}-\d\d-\d\d [\d:.]+: [IWE] |WARNING: ")
BAD_CASES = {}


@pytest.fixture
def world(tmp_path, root_dir, fixtures_dir):
    return make_world(tmp_path, checkout=root_dir, fixtures=fixtures_dir)


def case(*facts):
    """Registers a function that spoils a world and returns more flags."""

    def register(spoil):
        BAD_CASES[spoil.__name__] = spoil, facts
        return spoil

    return register


def check(outcome, facts):
    assert outcome.code == 2, outcome.err
    assert "Traceback" not in outcome.err + outcome.out
    assert len(outcome.error_lines) == 1, outcome.err
    line = outcome.error_lines[0]
    assert outcome.err.rstrip("\n").splitlines()[-1] == line
    for other in outcome.err.splitlines()[:-1]:
        assert LOG_LINE.match(other), other
    for fact in ("got ", "expected ", ". Next: ", *facts):
        assert fact in line, f"{fact!r} is not in: {line}"
    assert outcome.seconds < LONGEST_SECONDS


def spoil_line(path, number, change):
    lines = path.read_bytes().split(b"\n")
    lines[number - 1] = change(lines[number - 1])
    path.write_bytes(b"\n".join(lines))


# --- flags


@case("no --data_dir", "--data_dir=")
def no_data_dir(world):
    del world.flags["data_dir"]


@case("no --output_dir", "--output_dir=")
def no_output_dir(world):
    del world.flags["output_dir"]


@case("unknown flag", "--train_batchsize", "did you mean --train_batch_size")
def unknown_flag(_world):
    return ["--train_batchsize=8"]


@case("--train_batch_size", "'many'", "integer")
def flag_of_wrong_type(_world):
    return ["--train_batch_size=many"]


@case("--max_seq_length", "'2'", ">= 3")
def flag_out_of_range(_world):
    return ["--max_seq_length=2"]


@case("--precision", "'float8'", "bfloat16")
def flag_without_such_a_choice(_world):
    return ["--precision=float8"]


@case("--do_eval", "'perhaps'", "true or false")
def switch_that_is_no_truth_value(_world):
    return ["--do_eval=perhaps"]


@case("--noname")
def negated_switch_with_a_value(_world):
    return ["--nodo_train=true"]


@case("--output_dir")
def flag_without_its_value(_world):
    return ["--output_dir"]


@case("words without a flag", "blanks around =", "=elsewhere")
def blank_before_the_equals_sign(_world):
    return ["--output_dir", "=elsewhere"]


@case("words without a flag", "= elsewhere")
def blanks_around_the_equals_sign(_world):
    return ["--output_dir", "=", "elsewhere"]


@case("words without a flag", "got true,")
def switch_with_a_word(_world):
    return ["--do_eval", "true", "--do_predict"]


@case("--flagfile", "missing.flags")
def flagfile_missing(_world):
    return ["--flagfile=missing.flags"]


@case("--flagfile", "UTF-8", "0xff")
def flagfile_binary(world):
    (world.root / "bad.flags").write_bytes(b"--seed=\xff\n")
    return ["--flagfile=bad.flags"]


@case("TPU", "--use_tpu")
def tpu(_world):
    return ["--use_tpu", "--tpu_name=v3"]


@case("nothing to do", "--do_train")
def no_part_asked_for(_world):
    return ["--nodo_train", "--nodo_predict"]


@case("--overwrite_output_dir without --do_train")
def overwriting_the_model_to_predict_with(_world):
    return ["--overwrite_output_dir", "--do_train=false"]


@case("unknown task", "'ncbi_diseases'", "did you mean ncbi_disease")
def unknown_task(_world):
    return ["--task_name=ncbi_diseases"]


# --- data


@case("folder is missing", "/nowhere", "--data_dir")
def data_folder_missing(_world):
    return ["--data_dir=/nowhere"]


@case("folder is a file", "train.tsv", "--data_dir")
def data_folder_is_a_file(world):
    return [f"--data_dir={world.train}"]


@case("no test file", "devel.tsv, train.tsv", "one of test.tsv")
def file_missing(world):
    (world.data / "test.tsv").unlink()


@case("train.tsv", "got a folder", "expected a file")
def folder_for_a_file(world):
    world.train.unlink()
    world.train.mkdir()


@case("train.tsv:1:", "wrong number of columns", "commas")
def wrong_separator(_world):
    return ["--separator=comma"]


@case("train.tsv:7:", "wrong number of columns", "got 1", "expected")
def wrong_column_count(world):
    spoil_line(world.train, 7, lambda line: line.split(b"\t")[0])


@case("devel.tsv:3:", "unknown label", "B-Drug", "B-Disease")
def unknown_label_in_dev(world):
    path = world.data / "devel.tsv"
    spoil_line(path, 3, lambda line: line.split(b"\t")[0] + b"\tB-Drug")
    return ["--do_eval"]


@case("train.tsv:9:", "type of another corpus", "B-Disease", "protein")
def type_of_another_corpus(_world):
    return ["--task_name=jnlpba", "--train_split=train"]


@case("no entity", "48 sentences", "--tag_column")
def training_data_without_an_entity(world):
    text = re.sub(r"\t\S+", "\tO", world.train.read_text())
    world.train.write_text(text)


@case("train.tsv", "is empty", "0 bytes")
def empty_file(world):
    world.train.write_bytes(b"")


@case("train.tsv", "no sentences", "blank lines")
def only_blank_lines(world):
    world.train.write_bytes(b"\n \n\t\n")


@case("test.tsv", "NUL byte at offset 5", "UTF-8 text")
def binary_file(world):
    (world.data / "test.tsv").write_bytes(b"\x7fELF\x02\x00\x01\x00" * 99)


@case("train.tsv:4:", "not UTF-8", "0xe9", "iconv")
def bad_utf8(world):
    spoil_line(world.train, 4, lambda _line: b"caf\xe9\tO")


@case("train.tsv", "UTF-16", "iconv")
def utf16(world):
    text = world.train.read_text("utf-8")
    world.train.write_text(text, encoding="utf-16")


@case("train.tsv:4:", "does not hold tags", "got 1 characters")
def label_column_of_text(_world):
    return ["--tag_column=0", "--word_column=1"]


@case("train.tsv:2:", "got 5 characters without", "before -<type>")
def label_column_of_words(world):
    # Shaped like tags, and few: still not to be shown.
    world.train.write_text("seen\tO\nby\tSmith\n\n")


@case("train.tsv", "more than 200 different values", "label set")
def too_many_labels(world):
    lines = [f"word\tB-{number}" for number in range(300)]
    world.train.write_text("\n".join(lines) + "\n")


@case("train.tsv:1:", "columns", "expected at least 6")
def tag_column_beyond_the_line(_world):
    return ["--tag_column=5"]


# --- vocabulary and config


@case("vocab.txt", "vocabulary is missing", "--vocab_file")
def vocabulary_missing(world):
    world.vocab.unlink()


@case("no vocabulary", "--vocab_file")
def vocabulary_not_given(world):
    del world.flags["vocab_file"]
    world.vocab.unlink()  # it would be found beside the checkpoint


@case("vocab.txt:41:", "has a hole", "1 empty of 2048 lines")
def vocabulary_with_a_hole(world):
    spoil_line(world.vocab, 41, lambda _: b"")


@case("vocab.txt:1:", "Windows line ends", "2048 carriage returns")
def vocabulary_with_crlf(world):
    world.vocab.write_bytes(world.vocab.read_bytes().replace(b"\n", b"\r\n"))


@case("vocab.txt", "special tokens", "no [CLS]", "[UNK] [CLS] [SEP]")
def vocabulary_without_a_special_token(world):
    data = world.vocab.read_bytes()
    assert b"\n[CLS]\n" in data
    world.vocab.write_bytes(data.replace(b"\n[CLS]\n", b"\nclass\n"))


@case("got 2047 pieces", "expected 2048", "--vocab_file")
def vocabulary_of_another_size(world):
    lines = world.vocab.read_bytes().rstrip(b"\n").split(b"\n")
    world.vocab.write_bytes(b"\n".join(lines[:-1]) + b"\n")


@case("vocab.txt", "--do_lower_case=true", "cased")
def casing_against_the_vocabulary(_world):
    return ["--do_lower_case=true"]


@case("bert_config.json", "hidden_size 32", "num_attention_heads 5")
def config_with_wrong_heads(world):
    world.write_config(num_attention_heads=5)


@case("bert_config.json", "num_hidden_layers", "'twelve'", "whole number")
def config_with_a_size_in_words(world):
    world.write_config(num_hidden_layers="twelve")


@case("bert_config.json:2:", "not JSON", "--bert_config_file")
def config_not_json(world):
    world.config.write_text('{\n "hidden_size": 32,,\n}')


@case("config is missing", "/nowhere/bert_config.json", "--bert_config_file")
def config_missing(_world):
    return ["--bert_config_file=/nowhere/bert_config.json"]


@case("--max_seq_length", "got 65", "at most 64", "--max_seq_length=64")
def max_seq_length_above_positions(_world):
    return ["--max_seq_length=65"]


# --- first weights, before TensorFlow


@case("/nowhere/model.ckpt", "no checkpoint there", "--init_checkpoint")
def checkpoint_missing(_world):
    return ["--init_checkpoint=/nowhere/model.ckpt"]


@case("no checkpoint there", "devel.tsv, test.tsv, train.tsv")
def folder_without_checkpoint(world):
    return [f"--init_checkpoint={world.data}"]


@case("model.ckpt-7", "lacks its data file", ".data-00000-of-00001")
def checkpoint_without_its_data(world):
    (world.root / "model.ckpt-7.data-00000-of-00001").unlink()


# --- output folder


@case("the output folder is a file", "--output_dir", "vocab.txt")
def output_folder_is_a_file(world):
    return [f"--output_dir={world.vocab}"]


@case("label_map.json", "B-Gene", "B-Disease", "--output_dir")
def output_of_another_label_set(world):
    write_label_map(world, '["O", "B-Gene", "I-Gene"]')
    (world.output / "checkpoint").write_text("")


@case("label_map.json:1:", "damaged", "JSON")
def label_map_damaged(world):
    write_label_map(world, '["O", "B-Gene"')
    return ["--do_train=false"]


@case("label_map.json", "not a label map", '"labels"')
def label_map_of_another_form(world):
    write_label_map(world, "[1, 2]")
    return ["--do_train=false"]


@case("labels of the model", "no label_map.json in", "--do_train")
def predict_without_a_model(_world):
    return ["--do_train=false"]


def write_label_map(world, labels):
    world.output.mkdir()
    path = world.output / "label_map.json"
    path.write_text(f'{{"scheme": "word", "labels": {labels}}}')


@pytest.mark.parametrize("name", BAD_CASES)
def test_bad_input(world, name):
    spoil, facts = BAD_CASES[name]
    extra = spoil(world) or []
    outcome = run_script(world, extra)
    check(outcome, facts)
    assert "starting TensorFlow" not in outcome.err  # five seconds too late


@pytest.mark.parametrize(
    "name",
    [
        "unknown_flag",  # absl's own error
        "wrong_column_count",  # an error of ours
        "blank_before_the_equals_sign",
    ],
)
def test_debug_adds_the_trace(world, name):
    spoil, facts = BAD_CASES[name]
    extra = spoil(world) or []
    outcome = run_script(world, ["--debug", *extra])
    assert outcome.code == 2
    assert "Traceback (most recent call last)" in outcome.err
    assert len(outcome.error_lines) == 1
    for fact in facts:
        assert fact in outcome.error_lines[0]


# --- disks


@contextlib.contextmanager
def small_disk(path, options):
    """Mounts a file system in memory; root alone can."""
    path.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system to fill")
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this container may not mount: " + done.stderr.decode())
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_full_disk(world):
    with small_disk(world.output, "size=64k"):
        (world.output / "notes").write_bytes(b"x" * (64 << 10))
        outcome = run_script(world)
        assert os.listdir(world.output) == ["notes"]
    check(outcome, [str(world.output), "No space left on device", "free some"])


def test_read_only_disk(world):
    with small_disk(world.output, "ro"):
        outcome = run_script(world)
    check(outcome, [str(world.output), "Read-only file system"])


def test_read_only_folder(world):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere; see test_read_only_disk")
    world.output.mkdir()
    world.output.chmod(0o500)
    check(run_script(world), [str(world.output), "Permission denied"])


def test_file_without_permission(world):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    world.train.chmod(0)
    check(run_script(world), [str(world.train), "no permission", "chmod"])


def test_file_size_limit(world):
    outcome = run_script(world, in_child=lambda: limit_file_size(1 << 10))
    check(outcome, [str(world.output), "File too large"])


def limit_file_size(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_an_earlier_run_survives_a_wrong_command(world):
    # --overwrite_output_dir removes nothing before all is known to be sound.
    world.output.mkdir()
    names = ["checkpoint", "label_map.json", "model.ckpt-3.index"]
    for name in names:
        (world.output / name).write_text("kept")
    world.vocab.write_bytes(b"")
    check(run_script(world, ["--overwrite_output_dir"]), ["vocab.txt"])
    assert sorted(os.listdir(world.output)) == names
