"""A corpus that a tiny model learns: the words say what they are.

Invented; two types, entities of one to three words, sentences as long as a
test wants them.
"""

from __future__ import annotations

import pathlib
import random
from collections.abc import Sequence

from tasks.readers import TaggedSentence

DISEASES = ("ataxia", "breast cancer", "severe renal failure", "Wilson disease")
CHEMICALS = ("aspirin", "sodium chloride", "copper", "folic acid")
FILLERS = ("the", "patient", "was", "given", "of", "and", "with", ",", "in")
TYPES = {"Disease": DISEASES, "Chemical": CHEMICALS}


def sentence(
    rng: random.Random, *, num_words: int, line: int = 1
) -> TaggedSentence:
    """Returns a sentence of exactly so many words, the last one a stop."""
    words: list[str] = []
    tags: list[str] = []
    while len(words) < num_words - 1:
        if rng.random() < 0.4:
            kind = rng.choice(list(TYPES))
            name = rng.choice(TYPES[kind]).split()
            words += name
            tags += [f"B-{kind}", *[f"I-{kind}"] * (len(name) - 1)]
        words.append(rng.choice(FILLERS))
        tags.append("O")
    words = [*words[: num_words - 1], "."]
    return TaggedSentence(
        tuple(words), (*tags[: num_words - 1], "O"), line=line
    )


def sentences(
    count: int, *, seed: int, longest: int = 12
) -> list[TaggedSentence]:
    """Returns sentences of 3 words or more, with their lines in a file."""
    rng = random.Random(seed)
    made: list[TaggedSentence] = []
    line = 1
    for _ in range(count):
        made.append(sentence(rng, num_words=rng.randint(3, longest), line=line))
        line += len(made[-1].words) + 1
    return made


def write(path: pathlib.Path, corpus: Sequence[TaggedSentence]) -> None:
    """Writes a file of words and tags."""
    blocks = (
        "".join(f"{w}\t{t}\n" for w, t in zip(s.words, s.tags, strict=True))
        for s in corpus
    )
    path.write_text("\n".join(blocks), encoding="utf-8")


def write_corpus(
    folder: pathlib.Path,
    *,
    train: int = 160,
    other: int = 24,
    long_words: int = 0,
) -> pathlib.Path:
    """Writes train, devel and test; returns the folder.

    Args:
      folder: is made.
      train: sentences of train.tsv.
      other: of each of the others.
      long_words: words of one more sentence in each file; 0 = none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(("train", "devel", "test")):
        corpus = sentences(train if name == "train" else other, seed=seed)
        if long_words:
            rng = random.Random(100 + seed)
            corpus.append(sentence(rng, num_words=long_words))
        write(folder / f"{name}.tsv", corpus)
    return folder
