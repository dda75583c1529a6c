"""A folder of checkpoints that a kill at any moment leaves usable.

`model.ckpt-<step>.{index,data-00000-of-00001}` is a TF1 bundle with the
original names and nothing else; what resuming needs beyond it stands in
`model.ckpt-<step>.resume.json`. All are written under other names first and
renamed, the `checkpoint` pointer last (DESIGN 2.3).
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Mapping

import tensorflow as tf
from absl import logging

from foundation import files
from foundation.errors import InputError
from modeling.weights import tf1
from training.resume_state import ResumeState

_DATA, _INDEX, _SIDECAR = ".data-00000-of-00001", ".index", ".resume.json"
_NAME = re.compile(r"model\.ckpt-(\d+)\.(index|resume\.json|meta|data-.*)$")
_PARTIAL = ".partial-"  # start of the names of files still being written
_TEMPORARY = re.compile(r"\.tmp-\d+$")  # of files.write_atomically


class CheckpointFolder:
    """The checkpoints of one run.

    Args:
      folder: the run's output_dir.
      keep: how many checkpoints stay; the best one stays on top of them.
    """

    def __init__(self, folder: str, *, keep: int = 5) -> None:
        self.folder = folder
        self._keep = max(keep, 1)

    def prefix(self, step: int) -> str:
        """Returns the path of a step's checkpoint, without `.index`."""
        return files.join(self.folder, f"model.ckpt-{step}")

    def latest(self) -> tuple[str, ResumeState] | None:
        """Returns the newest sound checkpoint; reports the damaged ones.

        Returns:
          (prefix, state), or None where there is no checkpoint at all.

        Raises:
          InputError: there are checkpoints and every one is damaged.
        """
        if not files.exists(self.folder):
            return None
        pointed, steps = self._pointed_step(), self._complete_steps()
        damaged = 0
        if pointed is not None and pointed not in steps:
            damaged += 1
            self._report(pointed, "its index is missing")
        for step in reversed(steps):
            problem = self._problem(step)
            if problem is None:
                return self.prefix(step), self._read_state(step)
            damaged += 1
            self._report(step, problem)
        if not damaged:
            return None
        raise InputError(
            "every checkpoint in the output folder is damaged",
            got=f"{damaged} damaged",
            expected="at least one sound checkpoint",
            next_step="start again with --overwrite_output_dir",
            path=self.folder,
        )

    def clean(self) -> None:
        """Removes what a killed run left half written."""
        if files.exists(self.folder):
            self._remove_partial_files()

    def without_lost_best(self, state: ResumeState) -> ResumeState:
        """Forgets the best checkpoint where it is no longer there."""
        if state.best_step is None or self._problem(state.best_step) is None:
            return state
        logging.warning(
            "%s, the best so far, is gone or damaged: the best is sought anew.",
            self.prefix(state.best_step),
        )
        return dataclasses.replace(
            state, best_step=None, best_score=None, evaluations_since_best=0
        )

    def save(self, tensors: Mapping[str, tf.Tensor], state: ResumeState) -> str:
        """Writes a checkpoint and makes it the newest; returns its prefix.

        A step that is there already, sound, keeps its bundle: within a run
        the weights are a function of the step.
        """
        files.make_directory(self.folder)
        step = state.global_step
        partial = files.join(self.folder, f"{_PARTIAL}model.ckpt-{step}")
        try:
            tf1.write_bundle(partial, tensors)
            tf1.Tf1Bundle(partial).check()
            self._put_in_place(partial, state)
        except BaseException:
            # Room for the next try; a kill leaves it to the next start.
            with contextlib.suppress(OSError):
                self._remove_partial_files()
            raise
        self._write_pointer(state)
        self._drop_old(state)
        return self.prefix(step)

    def go_back_to(self, step: int) -> int | None:
        """Makes the newest checkpoint up to a step the newest of all.

        Returns:
          Its step; None where there is none: the folder stays as it is.
        """
        sound = [
            s
            for s in self._complete_steps()
            if s <= step and self._problem(s) is None
        ]
        if not sound:
            return None
        self._write_pointer(self._read_state(sound[-1]))
        return sound[-1]

    def _put_in_place(self, partial: str, state: ResumeState) -> None:
        """Gives a written bundle its name; the index comes last.

        Without an index it is no checkpoint; with it all of it is there.
        """
        step = state.global_step
        prefix = self.prefix(step)
        digest = _sha256_of_bundle(partial)
        if self._keeps_bundle(step, digest):
            self._write_sidecar(state, _sha256_of_bundle(prefix))
            self._remove_partial_files()
            return
        files.remove(prefix + _INDEX)
        for suffix in (_DATA, _INDEX):
            _flush_to_disk(partial + suffix)
        files.rename(partial + _DATA, prefix + _DATA)
        self._write_sidecar(state, digest)
        files.rename(partial + _INDEX, prefix + _INDEX)
        _flush_to_disk(self.folder)

    def _keeps_bundle(self, step: int, digest: str) -> bool:
        prefix = self.prefix(step)
        if step not in self._complete_steps() or self._problem(step):
            return False
        # Without a sidecar it is an original's, which may hold other names.
        return (
            not files.exists(prefix + _SIDECAR)
            or _sha256_of_bundle(prefix) == digest
        )

    def _write_sidecar(self, state: ResumeState, digest: str) -> None:
        state = dataclasses.replace(state, bundle_sha256=digest)
        path = self.prefix(state.global_step) + _SIDECAR
        with files.write_atomically(path) as file:
            file.write(json.dumps(dataclasses.asdict(state), indent=1) + "\n")

    def _complete_steps(self) -> list[int]:
        pointed = self._pointed_step()
        steps = [
            int(match.group(1))
            for name in files.list_directory(self.folder)
            if (match := _NAME.match(name)) and match.group(2) == "index"
        ]
        # A newer one that the pointer does not name was cut short.
        return sorted(s for s in steps if pointed is None or s <= pointed)

    def _pointed_step(self) -> int | None:
        pointer = files.join(self.folder, "checkpoint")
        if not files.exists(pointer):
            return None
        text = files.read_bytes(pointer).decode("utf-8", "replace")
        match = re.search(r'^model_checkpoint_path: ".*-(\d+)"', text, re.M)
        return int(match.group(1)) if match else None

    def _problem(self, step: int) -> str | None:
        """Returns what is wrong with a checkpoint; None when it is sound."""
        try:
            self._check(step)
        except InputError as error:
            return f"{error.problem}: got {error.got}"
        except OSError as error:
            return f"it cannot be read: {error.strerror}"
        except (ValueError, TypeError):
            return "its resume.json cannot be read"
        return None

    def _check(self, step: int) -> None:
        prefix = self.prefix(step)
        if not files.exists(prefix + _SIDECAR):
            tf1.Tf1Bundle(prefix).check()  # an original Estimator's
            return
        expected = self._read_state(step).bundle_sha256
        found = _sha256_of_bundle(prefix)
        if found != expected:
            raise InputError(
                "its bytes are not those that were written",
                got=f"sha256 {found[:8]}",
                expected=expected[:8],
                path=prefix,
            )

    def _report(self, step: int, problem: str) -> None:
        logging.warning(
            "%s is damaged (%s); the checkpoint before it is used.",
            self.prefix(step),
            problem,
        )

    def _read_state(self, step: int) -> ResumeState:
        path = self.prefix(step) + _SIDECAR
        if not files.exists(path):
            # Written by an original Estimator, which counts updates only.
            return ResumeState(global_step=step, batches_seen=step)
        state = ResumeState(**json.loads(files.read_bytes(path)))
        if state.global_step != step:
            raise ValueError(f"got step {state.global_step}, expected {step}")
        return state

    def _write_pointer(self, state: ResumeState) -> None:
        newest = f'model_checkpoint_path: "model.ckpt-{state.global_step}"'
        lines = [
            f'all_model_checkpoint_paths: "model.ckpt-{step}"'
            for step in sorted(self._kept(state))
        ]
        pointer = files.join(self.folder, "checkpoint")
        with files.write_atomically(pointer) as file:
            file.write("\n".join([newest, *lines]) + "\n")
        _flush_to_disk(self.folder)

    def _kept(self, state: ResumeState) -> set[int]:
        """Returns the steps that stay: the newest ones and the best."""
        now = state.global_step
        steps = {s for s in self._complete_steps() if s <= now} | {now}
        newest = sorted(steps)[-self._keep :]
        return steps & {*newest, state.best_step}

    def _drop_old(self, state: ResumeState) -> None:
        """Removes all but the newest ones and the best, with what a kill left.

        The index goes first: without it the rest is no checkpoint.
        """
        kept = self._kept(state)
        names = [
            name
            for name in files.list_directory(self.folder)
            if (match := _NAME.match(name))
            and int(match.group(1)) not in kept
            and int(match.group(1)) < state.global_step
        ]
        for name in sorted(names, key=lambda n: not n.endswith(_INDEX)):
            files.remove(files.join(self.folder, name))

    def _remove_partial_files(self) -> None:
        for name in files.list_directory(self.folder):
            if name.startswith(_PARTIAL) or _TEMPORARY.search(name):
                files.remove(files.join(self.folder, name))


def _sha256_of_bundle(prefix: str) -> str:
    digest = hashlib.sha256()
    for suffix in (_DATA, _INDEX):
        digest.update(files.sha256_of(prefix + suffix).encode())
    return digest.hexdigest()


def _flush_to_disk(path: str) -> None:
    """Waits until a file, or a folder's list of names, is on the disk."""
    if files.is_remote(path):
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
