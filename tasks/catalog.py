"""The corpora by name: every file in `tasks/corpora/` is one.

Adding a corpus means adding a file there and a fixture folder; nothing here
changes.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
import re

from foundation.errors import InputError
from tasks import corpora
from tasks.corpus import TaggingCorpus

# Other names of corpora: of the originals' tasks, and such as people use.
ALIASES = {
    "ncbi": "ncbi_disease",  # clinicalBERT's run_ner.py
    "clefe": "share_clefe",  # BlueBERT's run_bluebert_ner.py
    "share/clefe": "share_clefe",
    "bc5cdr_chemical": "bc5cdr_chem",  # BLUE
    "species_800": "s800",
    "ebmnlp": "ebm_pico",  # SciBERT's and BLURB's folders
    "pico": "ebm_pico",
    "clinpt": "portuguese_clinical",  # BioBERTpt
    "portuguese_clinical_ner": "portuguese_clinical",
}


@functools.cache
def corpus_names() -> tuple[str, ...]:
    """Returns the names of all corpora, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(corpora.__path__)))


def find_corpus(name: str) -> TaggingCorpus:
    """Returns the corpus of that name, or of that other name of `ALIASES`.

    Case does not matter, nor do "-", "_" and blanks: i2b2-2010 and I2B22010
    are i2b2_2010.

    Raises:
      InputError: no corpus has this name.
    """
    known = {_key(of_corpus): of_corpus for of_corpus in corpus_names()}
    known |= {_key(alias): of_corpus for alias, of_corpus in ALIASES.items()}
    if _key(name) not in known:
        raise _unknown(name)
    module = importlib.import_module(f"{corpora.__name__}.{known[_key(name)]}")
    task = module.TASK
    if not isinstance(task, TaggingCorpus):
        raise TypeError(f"{module.__name__}.TASK is no TaggingCorpus")
    return task


def _key(name: str) -> str:
    return re.sub(r"[-_ ]+", "", name.strip().lower())


def _unknown(name: str) -> InputError:
    names = (*corpus_names(), *ALIASES)
    wanted = re.sub(r"[-_ ]+", "_", name.strip().lower())
    close = difflib.get_close_matches(wanted, names, cutoff=0.5)
    close = list(dict.fromkeys(ALIASES.get(guess, guess) for guess in close))
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return InputError(
        "unknown task",
        got=repr(name[:60]),
        expected=f"one of {', '.join(corpus_names())}",
        next_step=f"{hint}--task_name=ner takes any tagged files",
    )
