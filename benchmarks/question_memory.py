"""Peak memory of run_qa.py on 1,000 and on 20,000 paragraphs: is it flat?

  python benchmarks/question_memory.py --sizes=1000,20000

Writes paragraphs of random words, one question each, trains a tiny random
model on a few of them, and predicts each file in a process of its own. With
--train it is training, two updates on all of the file, that is measured.
Prints peak resident memory and time; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

_ROOT = pathlib.Path(__file__).parent.parent
_VOCABULARY = _ROOT / "tests/golden/tokenization/vocab_uncased_2k.txt"
_LENGTH = 384


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,20000")
    parser.add_argument("--words", type=int, default=150, help="a paragraph")
    parser.add_argument("--train", action="store_true")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    peaks = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        model = write_model(folder)
        start = [*model, "--do_train"]
        if not options.train:
            train = write_questions(folder / "small.json", 20, options.words)
            trained = folder / "trained"
            run(*start, f"--train_file={train}", f"--output_dir={trained}")
            start = [f"--init_checkpoint={trained}", "--do_predict"]
        file = "train_file" if options.train else "predict_file"
        for size in sizes:
            path = write_questions(folder / f"{size}.json", size, options.words)
            out = folder / f"out_{size}"
            flags = [f"--{file}={path}", f"--output_dir={out}"]
            peaks[size], seconds = run(*start, *flags)
            print(f"{size} paragraphs: {peaks[size]:.0f} MB, {seconds:.0f} s")
            if not options.train:
                check(out, size)
    growth = peaks[sizes[-1]] / peaks[sizes[0]] - 1
    print(json.dumps({"peak_mb": peaks, "growth": round(growth, 4)}))


def write_model(folder: pathlib.Path) -> list[str]:
    """Writes a config; returns the flags of a model that starts at random."""
    num_pieces = len(_VOCABULARY.read_text(encoding="utf-8").splitlines())
    config = {
        "vocab_size": num_pieces,
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 128,
        "max_position_embeddings": _LENGTH,
        "type_vocab_size": 2,
        "hidden_act": "gelu",
    }
    path = folder / "bert_config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return [
        f"--bert_config_file={path}",
        f"--vocab_file={_VOCABULARY}",
        "--train_step=2",
        "--train_batch_size=4",
        "--seed=1",
    ]


def write_questions(path: pathlib.Path, number: int, words: int) -> str:
    """Writes so many paragraphs of random words, in SQuAD's format."""
    rng = random.Random(number)
    pieces = _VOCABULARY.read_text(encoding="utf-8").splitlines()
    known = [word for word in pieces if word.isalpha() and len(word) > 2]
    with path.open("w", encoding="utf-8") as file:
        file.write('{"version": "1.1", "data": [{"paragraphs": [\n')
        for index in range(number):
            length = rng.randint(words // 2, words * 3 // 2)
            context = " ".join(rng.choices(known, k=length))
            answer = {"text": context.split(" ")[0], "answer_start": 0}
            entry = {
                "id": f"{index:024x}_000",
                "question": " ".join(rng.choices(known, k=10)) + "?",
                "answers": [answer],
            }
            paragraph = {"context": context, "qas": [entry]}
            file.write((",\n" if index else "") + json.dumps(paragraph))
        file.write("\n]}]}\n")
    return str(path)


def run(*flags: str) -> tuple[float, float]:
    """Runs run_qa.py; returns peak resident MB and seconds."""
    command = [sys.executable, str(_ROOT / "run_qa.py"), *flags]
    start = time.monotonic()
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(command, stdout=log, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            log.seek(0)
            sys.exit(log.read().decode(errors="replace")[-3000:])
    return usage.ru_maxrss / 1024, time.monotonic() - start


def check(folder: pathlib.Path, size: int) -> None:
    """Exits where not every question has one answer."""
    predictions = json.loads((folder / "predictions.json").read_text("utf-8"))
    if len(predictions) != size:
        sys.exit(f"{len(predictions)} answers to {size} questions")


if __name__ == "__main__":
    main()
