"""One child with PyTorch and transformers, for all tests of a session."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

PYTHON_VARIABLE = "BIOBERT_KIT_HUGGINGFACE_PYTHON"
_HERE = pathlib.Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent


def find_python() -> str:
    """Returns a Python with PyTorch and transformers; skips without one."""
    path = os.environ.get(PYTHON_VARIABLE) or str(
        _ROOT / ".venv-huggingface" / "bin" / "python"
    )
    if not os.path.exists(path):
        pytest.skip(
            "needs PyTorch and transformers: `make huggingface`, "
            f"or ${PYTHON_VARIABLE}"
        )
    return path


class Asker:
    """Asks child.py. It starts at the first question and lives until `close`.

    An answer with an "error" fails the test, unless it was asked by
    `ask_for_error`.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="asking")
        self._log = pathlib.Path(self._folder.name) / "stderr.txt"
        self._process: subprocess.Popen[str] | None = None
        self._num_files = 0

    def load(
        self, folder: object, class_name: str, **more: Any
    ) -> dict[str, Any]:
        """Returns missing, unexpected, mismatched, errors, config, class."""
        return self.ask(
            verb="load", folder=folder, class_name=class_name, **more
        )

    def logits(
        self,
        folder: object,
        class_name: str,
        inputs: Mapping[str, np.ndarray],
        **more: Any,
    ) -> dict[str, np.ndarray]:
        """Returns every array that a model computes from `inputs`."""
        given, found = self._new_file(), self._new_file()
        np.savez(given, **inputs)
        self.ask(
            verb="logits",
            folder=folder,
            class_name=class_name,
            inputs=given,
            outputs=found,
            **more,
        )
        with np.load(found) as arrays:
            return dict(arrays)

    def make(
        self,
        folder: object,
        class_name: str,
        config: Mapping[str, Any],
        **more: Any,
    ) -> dict[str, Any]:
        """Writes a random model of transformers' own into a folder."""
        return self.ask(
            verb="make",
            folder=folder,
            class_name=class_name,
            config=dict(config),
            **more,
        )

    def tokenize(
        self, folder: object, lines: Sequence[str], **more: Any
    ) -> dict[str, Any]:
        """Returns ids, class, model_max_length, settings, special_ids."""
        return self.ask(
            verb="tokenize", folder=folder, lines=list(lines), **more
        )

    def pipeline(
        self, task: str, folder: object, texts: Sequence[Any], **more: Any
    ) -> list[Any]:
        """Returns the result of each text."""
        answer = self.ask(
            verb="pipeline",
            task=task,
            folder=folder,
            texts=list(texts),
            **more,
        )
        return list(answer["results"])

    def fill_mask(
        self, folder: object, texts: Sequence[str], **more: Any
    ) -> list[Any]:
        """Returns the likeliest pieces of each text."""
        answer = self.ask(
            verb="fill_mask", folder=folder, texts=list(texts), **more
        )
        return list(answer["results"])

    def ask(self, **request: Any) -> dict[str, Any]:
        """Returns the child's answer to one request (child.VERBS)."""
        answer = self._exchange(request)
        assert "error" not in answer, answer["error"]
        return answer

    def ask_for_error(self, **request: Any) -> str:
        """Returns the error that a request must end in."""
        answer = self._exchange(request)
        assert "error" in answer, f"no error: {sorted(answer)}"
        return str(answer["error"])

    def close(self) -> None:
        """Ends the child and removes the files."""
        if self._process is not None:
            self._process.communicate()
            self._process = None
        self._folder.cleanup()

    def _exchange(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if self._process is None:
            self._process = self._start()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request, default=str) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, f"the child died:\n{self._log.read_text()[-2000:]}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("w") as log:
            return subprocess.Popen(
                [find_python(), str(_HERE / "child.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                # Not the checkout: its packages must not be found by chance.
                cwd=self._folder.name,
            )

    def _new_file(self) -> str:
        self._num_files += 1
        return f"{self._folder.name}/{self._num_files}.npz"
