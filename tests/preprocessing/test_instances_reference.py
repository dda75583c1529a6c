"""The plain Python program of benchmarks/ makes the same records."""

import os
import pathlib
import random
import subprocess
import sys

import numpy as np
import pytest

# Last on the path: benchmarks/tokenization.py must hide nothing.
sys.path.append(str(pathlib.Path(__file__).parents[2] / "benchmarks"))

from pretraining_data_reference_records import decode_example, read_records

from preprocessing.corpus_files import FilePart
from preprocessing.documents import line_encoder, read_corpus
from preprocessing.instances import (
    InstanceOptions,
    create_instances,
    vocabulary_facts,
)
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from tests.preprocessing.pretraining_cases import padded_features

pytestmark = pytest.mark.slow

BERT = {
    "family": "bert",
    "max_seq_length": 64,
    "max_predictions_per_seq": 10,
    "dupe_factor": 2,
    "do_whole_word_mask": True,
}
ALBERT = {**BERT, "family": "albert"}


def odd_text(golden_dir, seed):
    """Documents of one sentence and of many, very long ones, odd pieces."""
    rng = random.Random(seed)
    folder = golden_dir / "pretraining_data"
    lines = (folder / "corpus_a.txt").read_text(encoding="utf-8").split("\n")
    lines = [line for line in lines if line.strip()]
    documents = []
    for _ in range(20):
        document = rng.sample(lines, rng.choice([1, 1, 2, 5, 9]))
        if rng.random() < 0.2:
            document.append(" ".join(rng.sample(lines, 12)))
        if rng.random() < 0.3:
            document.append(rng.choice(lines).split(" ")[0])
        if rng.random() < 0.3:
            document.append("a{}b ~~ ``x`` in 1990, 日本 €£ ^_^ @home")
        if rng.random() < 0.3:
            document.append(rng.choice(lines).upper())
        documents.append("\n".join(document))
    return "\n\n".join(documents)


@pytest.mark.parametrize(
    ("flags", "vocabulary", "lower_case"),
    [
        (BERT, "vocab_uncased_2k.txt", True),
        (BERT | {"random_seed": 2**70 + 3}, "vocab_cased_2k.txt", False),
        (
            BERT | {"max_seq_length": 5, "masked_lm_prob": 1.0},
            "vocab_uncased_2k.txt",
            True,
        ),
        (ALBERT | {"masked_lm_prob": 0.0}, "spm_2k.model", True),
        (ALBERT | {"random_seed": 2**32 - 1}, "spm_2k.model", False),
        (
            ALBERT | {"do_permutation": True, "ngram": 5},
            "spm_2k.model",
            True,
        ),
        (
            ALBERT
            | {
                "favor_shorter_ngram": False,
                "max_predictions_per_seq": 3,
                "random_next_sentence": True,
                "short_seq_prob": 1.0,
            },
            "vocab_cased_2k.txt",
            True,
        ),
    ],
)
def test_the_same_records(golden_dir, tmp_path, flags, vocabulary, lower_case):
    check_records(
        odd_text(golden_dir, str(flags)),
        flags,
        golden_dir / "tokenization" / vocabulary,
        lower_case=lower_case,
        folder=tmp_path,
    )


@pytest.mark.shared
@pytest.mark.parametrize("lower_case", [True, False])
def test_the_same_records_with_the_published_model(
    golden_dir, shared_dir, tmp_path, lower_case
):
    # Cased text has unknown pieces: the model knows no capitals.
    check_records(
        odd_text(golden_dir, str(lower_case)),
        ALBERT,
        shared_dir / "data" / "vocab" / "albert-30k" / "30k-clean.model",
        lower_case=lower_case,
        folder=tmp_path,
    )


def check_records(text, flags, vocabulary, *, lower_case, folder):
    path, records = folder / "text.txt", folder / "records"
    path.write_text(text, encoding="utf-8")
    is_model = vocabulary.suffix == ".model"
    run_reference(
        **flags,
        do_lower_case=lower_case,
        input_file=path,
        output_file=records,
        **{"spm_model_file" if is_model else "vocab_file": vocabulary},
    )
    load = load_sentencepiece if is_model else load_wordpiece
    tokenizer = load(str(vocabulary), lower_case=lower_case)
    options = InstanceOptions(**flags)
    table, order = create_instances(
        read_corpus([FilePart(str(path))], line_encoder(tokenizer)),
        options,
        vocabulary_facts(tokenizer),
    )
    features = padded_features(table, order, options)
    expected = [decode_example(data) for data in read_records(str(records))]
    assert len(expected) == len(order) > 40
    for name, made in features.items():
        rows = np.array([example[name] for example in expected])
        np.testing.assert_array_equal(made, rows, err_msg=name)


def run_reference(**flags):
    root = pathlib.Path(__file__).parents[2]
    program = root / "benchmarks" / "pretraining_data_reference.py"
    done = subprocess.run(
        [sys.executable, program, *(f"--{k}={v}" for k, v in flags.items())],
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
