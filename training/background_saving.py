"""Checkpoints written while training goes on.

A checkpoint of BERT-base with its slots is 1.3 GB: written, read back, hashed
and flushed it takes seconds, which training need not wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import tensorflow as tf

from training.checkpoints import CheckpointFolder
from training.resume_state import ResumeState


class BackgroundSaver:
    """Saves to a folder, one checkpoint at a time, in the order asked for.

    Args:
      folder: receives the checkpoints.
    """

    def __init__(self, folder: CheckpointFolder) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="saving")
        self._running: Future | None = None

    def save(
        self,
        variables: Mapping[str, tf.Variable],
        state: ResumeState,
        *,
        then: Callable[[], object] = lambda: None,
    ) -> None:
        """Starts to write what the variables hold now.

        Waits for the checkpoint before, whose error it raises if it had one:
        at most two are in memory.

        Args:
          variables: name -> variable.
          state: what the checkpoint says beside them.
          then: called in the background when it has been written.
        """
        self.wait()
        # A read shares the variable's memory: TensorFlow copies it when it is
        # next written to.
        tensors = {name: v.read_value() for name, v in variables.items()}

        def write() -> None:
            self._folder.save(tensors, state)
            then()

        self._running = self._pool.submit(write)

    def wait(self) -> None:
        """Waits for what is being written; raises its error."""
        running, self._running = self._running, None
        if running is not None:
            running.result()

    def close(self) -> None:
        """Waits for the thread, whatever became of its work."""
        self._pool.shutdown(wait=True)
