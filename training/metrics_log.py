"""metrics.jsonl and TensorBoard: one entry a logged step.

metrics.jsonl has each step once, however often the run was killed. Event
files cannot be cut back: TensorBoard shows the steps that a kill lost twice,
with the same values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import tensorflow as tf

from foundation import disk, files

_NAME = "metrics.jsonl"


class MetricsLog:
    """Writes scalars of a run; metrics.jsonl gets no step twice.

    Args:
      folder: the run's output_dir.
      from_step: entries of later steps are removed: they will be written
        again. 0 starts a new file.
    """

    def __init__(self, folder: str, *, from_step: int) -> None:
        self._path = files.join(folder, _NAME)
        self._lines = _lines_up_to(self._path, from_step)
        with files.write_atomically(self._path) as file:
            file.writelines(self._lines)
        self._writer = tf.summary.create_file_writer(folder)

    def write(self, step: int, values: Mapping[str, float | int]) -> None:
        """Adds one line, `{"step": ..., name: value, ...}`.

        The line is in the file when this returns, so that it can be followed
        while the run goes on.
        """
        line = json.dumps({"step": step, **values}) + "\n"
        if files.is_remote(self._path):  # no appending on object stores
            self._lines.append(line)
            with files.write_atomically(self._path) as file:
                file.writelines(self._lines)
        else:
            disk.append_text(self._path, line)
        with self._writer.as_default():
            for name, value in values.items():
                tf.summary.scalar(name, value, step=step)

    def flush(self) -> None:
        """Brings TensorBoard's file up to date."""
        self._writer.flush()


def _lines_up_to(path: str, step: int) -> list[str]:
    if step == 0 or not files.exists(path):
        return []
    lines = []
    with files.open_file(path) as file:
        for line in file:
            try:
                if json.loads(line)["step"] <= step:
                    lines.append(line if line.endswith("\n") else line + "\n")
            except (json.JSONDecodeError, KeyError, TypeError):
                continue  # the last line of a killed run may be cut short
    return lines
