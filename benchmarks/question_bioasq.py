"""BioASQ 4b to 5b, factoids: run_qa.py, scored by BioASQ's measures.

  python benchmarks/question_bioasq.py --model=path/to/minilm \
    --data=../shared/data/qa/bioasq --output_dir=outputs/bioasq

Trains on the located answers of 4b's first four tests (a question is of the
test whose golden file holds its id), lets the fifth choose the checkpoint,
and answers the five tests of 5b. Beside it the majority baseline: the five
answers that most training questions have, to every question. What follows
behind -- goes to run_qa.py.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
from collections import Counter

_ROOT = pathlib.Path(__file__).parent.parent
_FLAGS = (
    "--num_train_epochs=4",
    "--precision=bfloat16",
    "--learning_rate=1e-4",
    "--train_batch_size=12",
    "--max_seq_length=384",
    "--doc_stride=128",
    "--seed=1",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a Hugging Face folder")
    parser.add_argument("--data", required=True)
    parser.add_argument("--output_dir", required=True)
    parser.add_argument("flags", nargs="*", help="of run_qa.py, behind --")
    options = parser.parse_args()
    data, out = pathlib.Path(options.data), pathlib.Path(options.output_dir)
    out.mkdir(parents=True, exist_ok=True)
    parts = write_parts(data, out)
    run(
        "run_qa.py",
        "--do_train",
        "--do_predict",
        f"--init_checkpoint={options.model}",
        f"--train_file={out / 'train.json'}",
        f"--eval_file={out / 'dev.json'}",
        f"--predict_file={out / 'test.json'}",
        f"--output_dir={out / 'run'}",
        *_FLAGS,
        *options.flags,
    )
    write_golden(data, out / "golden.json")
    majority(parts["train"], parts["test"], out / "majority.json")
    run(
        "scripts/transform_nbset2bioasqform.py",
        f"--nbest_path={out / 'run' / 'nbest_predictions.json'}",
        f"--output_path={out / 'answers.json'}",
    )
    for name in ("answers", "majority"):
        print(f"--- {name} ---", flush=True)
        run(
            "scripts/score_bioasq.py",
            f"--golden={out / 'golden.json'}",
            f"--answers={out / name}.json",
        )


def write_parts(data: pathlib.Path, out: pathlib.Path) -> dict[str, list[dict]]:
    """Writes train.json, dev.json and test.json; returns their paragraphs."""
    located = paragraphs_of(
        data / "derived" / "BioASQ-train-factoid-4b5b-located.json"
    )
    tests = [data / f"BioASQ-test-factoid-5b-{i}.json" for i in range(1, 6)]
    parts = {
        "train": of_tests(located, data, ["4B1", "4B2", "4B3", "4B4"]),
        "dev": of_tests(located, data, ["4B5"]),
        "test": [p for path in tests for p in paragraphs_of(path)],
    }
    for name, paragraphs in parts.items():
        write(out / f"{name}.json", paragraphs)
        questions = {q["id"][:24] for p in paragraphs for q in p["qas"]}
        print(f"{name}: {len(questions)} questions, {len(paragraphs)} pairs")
    return parts


def write_golden(data: pathlib.Path, path: pathlib.Path) -> None:
    """Writes the golden answers of 5b's five tests into one file."""
    golden = [
        question
        for i in range(1, 6)
        for question in read(data / f"5B{i}_golden.json")["questions"]
    ]
    path.write_text(json.dumps({"questions": golden}), encoding="utf-8")


def read(path: pathlib.Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def paragraphs_of(path: pathlib.Path) -> list[dict]:
    return [p for article in read(path)["data"] for p in article["paragraphs"]]


def of_tests(
    paragraphs: list[dict], data: pathlib.Path, tests: list[str]
) -> list[dict]:
    """Returns the paragraphs whose question is in these golden files."""
    ids = {
        question["id"]
        for test in tests
        for question in read(data / f"{test}_golden.json")["questions"]
    }
    return [p for p in paragraphs if p["qas"][0]["id"][:24] in ids]


def write(path: pathlib.Path, paragraphs: list[dict]) -> None:
    value = {"version": "BioASQ", "data": [{"paragraphs": paragraphs}]}
    path.write_text(json.dumps(value), encoding="utf-8")


def majority(train: list[dict], test: list[dict], path: pathlib.Path) -> None:
    """Writes the same five answers to every question."""
    pairs = {
        (q["id"][:24], answer["text"].lower())
        for paragraph in train
        for q in paragraph["qas"]
        for answer in q["answers"]
    }
    counts = Counter(text for _, text in sorted(pairs))
    best = [[text] for text, _ in counts.most_common(5)]
    names = dict.fromkeys(q["id"][:24] for p in test for q in p["qas"])
    questions = [{"id": name, "exact_answer": best} for name in names]
    path.write_text(json.dumps({"questions": questions}), encoding="utf-8")


def run(script: str, *flags: str) -> None:
    command = [sys.executable, str(_ROOT / script), *flags]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{script} failed")


if __name__ == "__main__":
    main()
