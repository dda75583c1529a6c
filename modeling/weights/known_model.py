"""What is known of a published model, and the vocabularies that they share.

All facts are from the models' own READMEs, model cards and archives, or from
originals.md; None is what could not be confirmed, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

_SHORTEST_HASH = 8  # hex digits; originals.md has some hashes cut to these


@dataclass(frozen=True)
class Vocabulary:
    """A vocabulary that one or several models have.

    Attributes:
      name: whose it is.
      num_pieces: rows of the word embeddings; None: not known.
      sha256: of the file's bytes, or the first 8 hex digits of it; None: no
        copy was at hand to hash.
    """

    name: str
    num_pieces: int | None = None
    sha256: str | None = None

    def has_hash(self, digest: str) -> bool:
        """Returns whether `digest` (64 hex digits) is this vocabulary's."""
        known = self.sha256
        return (
            known is not None
            and len(known) >= _SHORTEST_HASH
            and digest.startswith(known)
        )


@dataclass(frozen=True, kw_only=True)
class KnownModel:
    """A published model; not listed: several, or a family, told by one name.

    Attributes:
      key: short name to ask for it, as in `scripts/models.py biobert-v1.1`.
      name: as its authors call it.
      family: "bert" or "albert".
      lower_case: whether its vocabulary is lower-cased; None: not known.
      gelu: "erf" or "tanh", the form it was trained with; None: not known.
      pattern: matches one whole part of a path, in any case of letters.
      vocabulary: which one; None: not known.
      size: "L-12_H-768_A-12": layers, hidden size, heads; None: not known.
      pretrained_length: pieces of the longest rows of its last pretraining;
        None: not known.
      num_steps: updates of its last pretraining; None: not known.
      hub: its name on Hugging Face; None: not there under its authors' name.
      sources: addresses of the TF1 archive, or of the page that has them.
      files: checkpoint prefix, config and vocabulary of the TF1 archive, as
        far as it has them; empty: there is none, or its files are not known.
      index_sha256: of the checkpoint's .index file, of a copy in a public
        repository; None: no copy was at hand.
      licence: of the weights, as their authors say; None: not stated.
      note: what somebody who uses it should know.
      is_listed: whether it is one model, which the list shows.
    """

    key: str
    name: str
    family: str
    lower_case: bool | None
    gelu: str | None
    pattern: str
    vocabulary: Vocabulary | None = None
    size: str | None = None
    pretrained_length: int | None = None
    num_steps: int | None = None
    hub: str | None = None
    sources: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    index_sha256: str | None = None
    licence: str | None = None
    note: str = ""
    is_listed: bool = True

    @property
    def vocab_sha256(self) -> str | None:
        """Returns the hash of its vocabulary file, as far as it is known."""
        return self.vocabulary.sha256 if self.vocabulary else None


BERT_CASED = Vocabulary(
    "BERT cased",
    28996,
    "eeaa9875b23b04b4c54ef759d03db9d1ba1554838f8fb26c5d96fa551df93d02",
)
BERT_UNCASED = Vocabulary(
    "BERT uncased",
    30522,
    "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
)
MULTILINGUAL_CASED = Vocabulary("BERT multilingual cased", 119547, "fe0fda7c")
MULTILINGUAL_UNCASED = Vocabulary("BERT multilingual uncased")
CHINESE = Vocabulary("BERT Chinese", 21128)
BIOBERT_LARGE = Vocabulary("BioBERT-Large's own", 58996)
SCIVOCAB_UNCASED = Vocabulary(
    "scivocab uncased",
    31090,
    "f0a650346e51ede8996710f79ba65d83fdb8da05b159f17037b74ba4e3a36c6f",
)
SCIVOCAB_CASED = Vocabulary("scivocab cased", 31116)
PUBMEDBERT_ABSTRACT = Vocabulary("PubMedBERT abstracts", 30522)
PUBMEDBERT_FULLTEXT = Vocabulary("PubMedBERT full text")
ALBERT_30K = Vocabulary(
    "ALBERT 30k",
    30000,
    "fefb02b667a6c5c2fe27602d28e5fb3428f66ab89c7d6f388e7c8d44a02d0336",
)
