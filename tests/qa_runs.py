"""run_qa.py run in this process, on questions that a tiny model can learn."""

from __future__ import annotations

import json
import pathlib
import random
from typing import Any

from absl import flags

import run_qa
from cli import qa_run
from tests.pictures import drawn

COLOURS = ("red", "blue", "green", "white", "black")
THINGS = ("car", "house", "hat", "door", "book", "stone", "cup", "bird")


def run(
    model_dir: pathlib.Path, output_dir: pathlib.Path, **values: Any
) -> int:
    """Runs with a model's files; returns the exit code."""
    return run_flags(**{**given(model_dir, output_dir), **values})


def given(
    model_dir: pathlib.Path, output_dir: pathlib.Path
) -> dict[str, object]:
    """Returns the flags of every run: the model, and small rows."""
    return {
        "output_dir": output_dir,
        "vocab_file": model_dir / "vocab.txt",
        "bert_config_file": model_dir / "bert_config.json",
        "init_checkpoint": model_dir / "model.ckpt-1000000",
        "max_seq_length": 48,
        "max_query_length": 12,
        "doc_stride": 16,
        "train_batch_size": 8,
        "learning_rate": 1e-3,
        "seed": 3,
        "log_every_steps": 1,
    }


def run_flags(*, pictures: bool = False, **values: object) -> int:
    """Runs the script's main with these flags alone; None leaves one out.

    Args:
      pictures: whether they are drawn.
      **values: of the flags.
    """
    fv = flags.FlagValues()
    run_qa.define_flags(fv)
    given = [f"--{k}={v}" for k, v in values.items() if v is not None]
    fv(["run_qa.py", *given])
    with drawn(pictures):
        return qa_run.run_all(fv)


def paragraphs(number: int, *, seed: int = 0, **options: Any) -> list[dict]:
    """Returns paragraphs with a question each.

    Args:
      number: how many.
      seed: of the words.
      options: of `paragraph`.
    """
    rng = random.Random(seed)
    return [paragraph(rng, f"q{i:03}", **options) for i in range(number)]


def paragraph(
    rng: random.Random,
    name: str,
    *,
    with_answers: bool = True,
    num_things: int = 3,
    impossible: float = 0.0,
) -> dict:
    """Returns one paragraph: which thing has which colour, and a question."""
    things = rng.sample(THINGS, min(num_things, len(THINGS)))
    things += rng.choices(THINGS, k=num_things - len(things))
    colours = [rng.choice(COLOURS) for _ in things]
    context = " ".join(
        f"The {thing} is {colour}."
        for thing, colour in zip(things, colours, strict=True)
    )
    asked = rng.randrange(len(things))
    thing = things[asked]
    is_impossible = rng.random() < impossible
    if is_impossible:
        thing = rng.choice([t for t in THINGS if t not in things] or ["sun"])
    entry: dict[str, Any] = {
        "id": name,
        "question": f"What colour is the {thing}?",
    }
    if with_answers:
        first = things.index(thing) if thing in things else 0
        start = context.index(f"The {things[first]} is ") + len(
            f"The {things[first]} is "
        )
        answer = {"text": colours[first], "answer_start": start}
        entry["answers"] = [] if is_impossible else [answer]
        if impossible:
            entry["is_impossible"] = is_impossible
    return {"context": context, "qas": [entry]}


def write(path: pathlib.Path, value: list[dict]) -> pathlib.Path:
    """Writes paragraphs as SQuAD's JSON."""
    data = [{"title": "colours", "paragraphs": value}]
    path.write_text(
        json.dumps({"version": "1", "data": data}), encoding="utf-8"
    )
    return path
