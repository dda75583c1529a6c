"""Nothing of the data files' text leaves the program unasked (DESIGN 2.11).

Every word of the corpus carries a mark that no other file has. Logs, errors,
metrics and TensorBoard must not show it; prediction files may, they are what
the run is for.
"""

import pytest

from tests.bad_input_world import make_world, run_script, write_checkpoint

MARK = "Zqxcanary"
OUTPUTS = {
    "token_test.txt",
    "label_test.txt",
    "NER_result_conll.txt",
    "NER_result_conll_eval.txt",
    "predictions.jsonl",
}


@pytest.fixture
def world(tmp_path, root_dir, fixtures_dir):
    """A world whose words are the mark and a number."""
    made = make_world(tmp_path, checkout=root_dir, fixtures=fixtures_dir)
    for path in made.data.iterdir():
        lines = path.read_text().splitlines()
        path.write_text(
            "".join(
                f"{MARK}{number}\t{line.split(chr(9))[1]}\n" if line else "\n"
                for number, line in enumerate(lines)
            )
        )
    return made


def spoil(world, text):
    """Replaces the 5th line of the training file."""
    lines = world.train.read_bytes().split(b"\n")
    lines[4] = text
    world.train.write_bytes(b"\n".join(lines))


def data_as(world, path):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(world.train.read_bytes())


def name_the_data(world, *flags):
    return [f"--{name}={world.train}" for name in flags]


WAYS_TO_FAIL = {
    "columns are missing": lambda w: spoil(w, MARK.encode()),
    "too many columns": lambda w: spoil(w, f"{MARK}\t{MARK}\tO".encode()),
    "the word is the tag": lambda _w: ["--tag_column=0", "--word_column=1"],
    "the tag is text": lambda w: spoil(w, f"a\t{MARK} {MARK}".encode()),
    "the tag is a word": lambda w: spoil(w, f"a\t{MARK}".encode()),
    "another type": lambda _w: ["--task_name=jnlpba", "--train_split=train"],
    "not UTF-8": lambda w: spoil(w, f"{MARK}\xe9\tO".encode("latin-1")),
    "wrong separator": lambda _w: ["--separator=comma"],
    "data as vocabulary": lambda w: name_the_data(w, "vocab_file"),
    "data as config": lambda w: name_the_data(w, "bert_config_file"),
    "data as flags": lambda w: name_the_data(w, "flagfile"),
    "data as weights": lambda w: name_the_data(w, "init_checkpoint"),
    "data as output": lambda w: name_the_data(w, "output_dir"),
    "data as checkpoint pointer": lambda w: data_as(w, w.root / "checkpoint"),
    "data as label map": lambda w: data_as(w, w.output / "label_map.json"),
}


@pytest.mark.parametrize("way", WAYS_TO_FAIL)
def test_errors_show_no_text(world, way):
    flags = WAYS_TO_FAIL[way](world) or []
    if way == "data as checkpoint pointer":
        flags = [f"--init_checkpoint={world.root / 'checkpoint'}"]
    if way == "data as label map":
        flags = ["--do_train=false"]
    outcome = run_script(world, flags)
    assert outcome.code == 2, outcome.err
    assert len(outcome.error_lines) == 1
    assert MARK.lower() not in (outcome.err + outcome.out).lower()


def test_flags_in_a_flagfile_that_is_data(world):
    # A line that starts with "-" looks like a flag.
    path = world.root / "note.flags"
    path.write_text(f"-{MARK} {MARK}\tO\n")
    outcome = run_script(world, [f"--flagfile={path}"])
    assert outcome.code == 2
    assert MARK not in outcome.err


@pytest.mark.slow
def test_a_run_shows_no_text(world):
    write_checkpoint(world.checkpoint)
    extra = ["--do_eval", "--eval_every_steps=1", "--log_every_steps=1"]
    outcome = run_script(world, extra)
    assert outcome.code == 0, outcome.err
    assert MARK.lower() not in (outcome.err + outcome.out).lower()
    written = {path.name: path for path in world.output.iterdir()}
    for name in ("metrics.jsonl", "results.json", "label_map.json"):
        assert name in written
    assert any(name.startswith("events.out.tfevents") for name in written)
    # The mark is what the outputs hold, so a leak would have been found.
    assert MARK.encode() in written["predictions.jsonl"].read_bytes()
    leaks = [
        name
        for name, path in written.items()
        if name not in OUTPUTS
        and MARK.lower().encode() in path.read_bytes().lower()
    ]
    assert leaks == []
