"""A WordPiece vocabulary file -> its pieces; is it lower-cased?

A piece's id is its line number, counted from 0, as in google-research/bert.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from foundation import files
from foundation.errors import InputError
from preprocessing import characters
from preprocessing.stored_tokenizer import vocabulary_text

WHAT = "the vocabulary"
NEXT_STEP = (
    "give --vocab_file the vocab.txt that came with the checkpoint (one piece "
    "per line, UTF-8)"
)
REQUIRED = ("[UNK]", "[CLS]", "[SEP]")
# SciBERT's uncased vocabulary has single capitals, 0.1 % of its pieces; the
# published cased ones have at least 10 %.
MAX_UPPER_CASE_SHARE = 0.01
# Published with an empty line, whose id is never used; by SHA-256.
_PUBLISHED_WITH_HOLE = {
    "f0a650346e51ede8996710f79ba65d83fdb8da05b159f17037b74ba4e3a36c6f": (
        "scibert_scivocab_uncased, line 30107"
    ),
}


def vocabulary_bytes(vocab_file: str) -> bytes:
    """Returns what is kept beside a model: vocab.txt or the .model, as it is.

    Of a tokenizer.json it is the vocab.txt with the same pieces.

    Raises:
      InputError: a tokenizer.json that is not of WordPiece.
    """
    if vocab_file.endswith(".json"):
        return vocabulary_text(vocab_file).encode()
    return files.read_bytes(vocab_file)


def read_pieces(vocab_file: str) -> tuple[str, ...]:
    """Reads a vocabulary, vocab.txt or tokenizer.json; position is id.

    Like the original, it strips the white space around each piece: a line that
    is some odd Unicode space (bert-base-chinese has U+2028) is an id that no
    text can have. Blank lines at the end are no pieces. A byte-order mark is
    dropped.

    Raises:
      InputError: no file, a folder, empty, binary, not UTF-8, carriage
        returns, an empty line before the last piece, or without a special
        token that every input needs.
    """
    if vocab_file.endswith(".json"):
        text = vocabulary_text(vocab_file)
    else:
        text = files.read_text(vocab_file, what=WHAT, next_step=NEXT_STEP)
    if "\r" in text:
        raise InputError(
            "the vocabulary has Windows line ends",
            got=f"{text.count(chr(13))} carriage returns",
            expected="lines that end in \\n alone",
            next_step="`tr -d '\\r' < vocab.txt > vocab_unix.txt`",
            path=vocab_file,
            line=text.count("\n", 0, text.index("\r")) + 1,
        )
    lines = [line.strip(" \t") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if "" in lines:
        _check_holes(lines, vocab_file)
    pieces = tuple(line.strip() for line in lines)
    _check_special_tokens(pieces, vocab_file)
    return pieces


def _check_holes(lines: Sequence[str], vocab_file: str) -> None:
    if files.sha256_of(vocab_file) in _PUBLISHED_WITH_HOLE:
        return
    raise InputError(
        "the vocabulary has a hole",
        got=f"{lines.count('')} empty of {len(lines)} lines",
        expected="one piece on every line, since its number is the id",
        next_step=NEXT_STEP,
        path=vocab_file,
        line=lines.index("") + 1,
    )


def _check_special_tokens(pieces: Sequence[str], vocab_file: str) -> None:
    missing = [token for token in REQUIRED if token not in pieces]
    if not missing:
        return
    got = f"no {' '.join(missing)} in {len(pieces)} lines"
    next_step = NEXT_STEP
    lowered = [token for token in missing if token.lower() in pieces]
    if lowered:
        got += f" (but {' '.join(token.lower() for token in lowered)})"
        next_step = "write the special tokens in capitals, as the models do"
    elif pieces and "\t" in pieces[0]:
        next_step = (
            "a SentencePiece .vocab listing is no vocabulary: give the "
            ".model file beside it to --spm_model_file"
        )
    raise InputError(
        "the vocabulary lacks special tokens",
        got=got,
        expected=" ".join(REQUIRED),
        next_step=next_step,
        path=vocab_file,
    )


def upper_case_share(pieces: Iterable[str]) -> float | None:
    """Returns the share of pieces with capitals among those with letters.

    Special tokens, in brackets, do not count. None where no piece has a
    letter that has cases.
    """
    flags = characters.character_table().flags
    num_cased = num_upper = 0
    for piece in pieces:
        if piece[:1] in "[<" and piece[-1:] in "]>" and len(piece) > 1:
            continue
        if characters.lower(piece) != piece:
            num_upper += 1
            num_cased += 1
        elif any(flags[ord(char)] & characters.CASED for char in piece):
            num_cased += 1
    return num_upper / num_cased if num_cased else None


def infer_lower_case(vocab_file: str) -> bool | None:
    """Returns whether a WordPiece vocabulary is for lower-cased text.

    None where the file cannot tell: no piece has a letter with cases.

    Raises:
      InputError: as `read_pieces`.
    """
    share = upper_case_share(read_pieces(vocab_file))
    return None if share is None else share <= MAX_UPPER_CASE_SHARE
