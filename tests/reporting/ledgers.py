"""Lines of a ledger for tests: `row()` has every field, `write` a file."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Iterable
from typing import Any

from reporting import ledger
from reporting.ledger import LedgerRow

DIGEST = "ab12" * 16


def row(**changes: Any) -> LedgerRow:
    """Returns a run of NCBI disease; fields by name, others have defaults.

    Id and folder follow from table, experiment, seed and fold.
    """
    seed = changes.get("seed", 1)
    fold = changes.get("fold")
    table = changes.get("table", "biobert_ner")
    experiment = changes.get("experiment", "ncbi_disease")
    score = changes.get("score", 80.0)
    place = f"{table}/{experiment}/seed_{seed}" + (f"_{fold}" if fold else "")
    values: dict[str, Any] = {
        "id": hashlib.sha256(place.encode()).hexdigest()[:12],
        "table": table,
        "experiment": experiment,
        "purpose": "result",
        "model": {
            "name": "all-MiniLM-L6-v2",
            "files": {"minilm/model.safetensors": DIGEST},
        },
        "seed": seed,
        "fold": fold,
        "settings": {"learning_rate": "1e-4", "num_train_epochs": "10"},
        "changed": {
            "learning_rate": ["1e-5", "1e-4"],
            "num_train_epochs": ["50", "10"],
        },
        "tuned": [],
        "code": {
            "commit": "39fb89b" + "0" * 33,
            "clean": True,
            "sources": DIGEST,
            "version": "0.1.0",
        },
        "recipe": {
            "path": "scripts/recipes/biobert_ner.flags",
            "sha256": DIGEST,
        },
        "inputs": {"data_dir": "datasets", "init_checkpoint": "minilm"},
        "command": ["python", "run_ner.py", "--data_dir=a folder/x"],
        "files": {
            split: [
                {"path": f"data/{split}.tsv", "sha256": DIGEST, "num_words": 9}
            ]
            for split in ("train", "dev", "test")
        },
        "split": "test",
        "step": 300,
        "num_steps": 340,
        "why": "best entity_f1 on dev of 12 scorings",
        "metric": "entity_f1",
        "definition": "F1 of entities whose span and type are right",
        "score": score,
        "scores": {
            "entity_f1": score / 100,
            "entity_precision": score / 100 - 0.01,
            "entity_recall": score / 100 + 0.01,
            "token_f1": score / 100 + 0.05,
            "strict_f1": score / 100 - 0.005,
            "num_sentences": 940,
        },
        "per_type": {},
        "warnings": [],
        "seconds": 125.0,
        "processor": {
            "name": "AMD EPYC 7B13",
            "threads": 2,
            "device": "cpu",
            "instructions": "avx2",
        },
        "packages": {"tensorflow": "2.20.0", "numpy": "2.3.5"},
        "finished": "2026-11-29T20:31:00Z",
        "folder": f"runs/{place}",
    }
    unknown = set(changes) - set(values)
    assert not unknown, unknown
    return LedgerRow(**{**values, **changes})


def write(folder: pathlib.Path, rows: Iterable[LedgerRow]) -> pathlib.Path:
    """Writes a ledger and returns its path."""
    path = folder / ledger.FILE_NAME
    for each in rows:
        ledger.append(str(path), each)
    return path
