"""The corpora by name: every file in `tasks/corpora/` is one.

Adding a corpus means adding a file there and a fixture folder; nothing here
changes.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil

from foundation.errors import InputError
from tasks import corpora
from tasks.corpus import TaggingCorpus


@functools.cache
def corpus_names() -> tuple[str, ...]:
    """Returns the names of all corpora, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(corpora.__path__)))


def find_corpus(name: str) -> TaggingCorpus:
    """Returns the corpus of that name; case does not matter, nor - for _.

    Raises:
      InputError: no corpus has this name.
    """
    wanted = name.strip().lower().replace("-", "_")
    if wanted not in corpus_names():
        close = difflib.get_close_matches(wanted, corpus_names(), cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        raise InputError(
            "unknown task",
            got=repr(name[:60]),
            expected=f"one of {', '.join(corpus_names())}",
            next_step=f"{hint}--task_name=ner takes any tagged files",
        )
    module = importlib.import_module(f"{corpora.__name__}.{wanted}")
    task = module.TASK
    if not isinstance(task, TaggingCorpus):
        raise TypeError(f"{module.__name__}.TASK is no TaggingCorpus")
    return task
