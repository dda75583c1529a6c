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
from collections.abc import Mapping

from foundation.errors import InputError
from tasks import corpora
from tasks.corpus import TaggingCorpus
from tasks.text_corpus import TextCorpus

Corpus = TaggingCorpus | TextCorpus
TAGGING, CLASSIFIER, RELATION = "tagging", "classifier", "relation"

# Other names of corpora: of the originals' tasks, and such as people use; by
# the script that they are for.
ALIASES: Mapping[str, Mapping[str, str]] = {
    TAGGING: {
        "ncbi": "ncbi_disease",  # clinicalBERT's run_ner.py
        "clefe": "share_clefe",  # BlueBERT's run_bluebert_ner.py
        "share/clefe": "share_clefe",
        "bc5cdr_chemical": "bc5cdr_chem",  # BLUE
        "species_800": "s800",
        "ebmnlp": "ebm_pico",  # SciBERT's and BLURB's folders
        "pico": "ebm_pico",
        "clinpt": "portuguese_clinical",  # BioBERTpt
        "portuguese_clinical_ner": "portuguese_clinical",
    },
    CLASSIFIER: {
        "mismnli": "mnli_mismatched",  # ALBERT's run_classifier.py
        "mnli_mm": "mnli_mismatched",
        "sts": "medsts",  # run_bluebert_sts.py; biosses has a range of 0 to 4
        "clinicalsts": "medsts",
        "hallmarks_of_cancer": "hoc",
        "pqal": "pubmedqa",
    },
    RELATION: {
        "ddi13": "ddi",  # BioBERT's run_re.py
        "ddi2013": "ddi",
        "i2b2_2010": "i2b2_2010_relations",  # run_bluebert.py
        "i2b2": "i2b2_2010_relations",
        "chemprot13": "chemprot_scibert",
        "scibert_chemprot": "chemprot_scibert",
        "mirna": "mirnadisease",
    },
}
# Takes any files, with columns named by flags.
_GENERIC = {
    TAGGING: "--task_name=ner takes any tagged files",
    CLASSIFIER: "--task_name=text takes any labelled files",
    RELATION: "--task_name=relation takes any labelled sentences",
}
_PROGRAMS = {
    TAGGING: "run_ner.py",
    CLASSIFIER: "run_classifier.py",
    RELATION: "run_re.py",
}


@functools.cache
def corpus_names(script: str = TAGGING) -> tuple[str, ...]:
    """Returns the names of a script's corpora, sorted.

    Args:
      script: "tagging", "classifier" or "relation".
    """
    names = sorted(m.name for m in pkgutil.iter_modules(corpora.__path__))
    return tuple(name for name in names if _load(name).script == script)


def _load(name: str) -> Corpus:
    module = importlib.import_module(f"{corpora.__name__}.{name}")
    corpus = module.TASK
    if not isinstance(corpus, Corpus):
        raise TypeError(f"{module.__name__}.TASK is no corpus")
    return corpus


def find_corpus(name: str) -> TaggingCorpus:
    """Returns the tagging corpus of that name, or other name of `ALIASES`.

    Case does not matter, nor do "-", "_" and blanks: i2b2-2010 and I2B22010
    are i2b2_2010.

    Raises:
      InputError: no corpus has this name.
    """
    corpus = _find(name, TAGGING)
    assert isinstance(corpus, TaggingCorpus)
    return corpus


def find_text_corpus(name: str, script: str) -> TextCorpus:
    """Returns the corpus of that name for a script, as `find_corpus` does.

    Args:
      name: as people write it.
      script: "classifier" or "relation".

    Raises:
      InputError: no corpus has this name.
    """
    corpus = _find(name, script)
    assert isinstance(corpus, TextCorpus)
    return corpus


def _find(name: str, script: str) -> Corpus:
    known = {_key(each): each for each in corpus_names(script)}
    known |= {_key(alias): each for alias, each in ALIASES[script].items()}
    if _key(name) not in known:
        raise _unknown(name, script)
    return _load(known[_key(name)])


def _key(name: str) -> str:
    return re.sub(r"[-_ ]+", "", name.strip().lower())


def _unknown(name: str, script: str) -> InputError:
    aliases = ALIASES[script]
    names = (*corpus_names(script), *aliases)
    wanted = re.sub(r"[-_ ]+", "_", name.strip().lower())
    close = difflib.get_close_matches(wanted, names, cutoff=0.5)
    close = list(dict.fromkeys(aliases.get(guess, guess) for guess in close))
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return InputError(
        "unknown task",
        got=repr(name[:60]),
        expected=f"one of {', '.join(corpus_names(script))}",
        next_step=hint + (_elsewhere(name, script) or _GENERIC[script]),
    )


def _elsewhere(name: str, script: str) -> str | None:
    """Says which other script knows the name: BlueBERT had one for both."""
    for other, program in _PROGRAMS.items():
        known = {*map(_key, corpus_names(other)), *map(_key, ALIASES[other])}
        if other != script and _key(name) in known:
            return f"{program} knows it"
    return None
