"""Text files -> documents, sentences, tokens: the reference's tokenizers.

WordPiece character by character and greedily, and ALBERT's SentencePiece with
its digit-comma rule; nothing is remembered between words. Python 3.11's
Unicode tables (14) are those of the recorded runs.
"""

from __future__ import annotations

import glob
import unicodedata

from absl import flags

FLAGS = flags.FLAGS

_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
_LONGEST_WORD = 200  # characters; a longer one is [UNK]
# Pieces of these characters alone continue a word (ALBERT, SentencePiece).
_SINGLES = frozenset('!"#$%&()*+,-./:;?@[\\]^_`{|}~')
_INSIDE = _SINGLES | frozenset("abcdefghijklmnopqrstuvwxyz")


def read_documents(
    input_file: str, tokenizer: WordPiece | SentencePiece
) -> list[list[list[str]]]:
    """Reads documents of tokenized sentences, in file order.

    One sentence a line, a blank line between documents. The last document of
    a file goes on in the next file unless a blank line ends it.
    """
    documents: list[list[list[str]]] = [[]]
    for pattern in input_file.split(","):
        for path in sorted(glob.glob(pattern.strip())):
            with open(path, encoding="utf-8", newline="\n") as file:
                for line in file:
                    # TensorFlow's reader drops carriage returns, and then
                    # sees no line where a file ends in such ones alone.
                    line = line.replace("\r", "")
                    if not line:
                        continue
                    text = tokenizer.clean(line)
                    if not text:
                        documents.append([])
                    tokens = tokenizer.tokenize(text)
                    if tokens:
                        documents[-1].append(tokens)
    return [document for document in documents if document]


def load_tokenizer() -> WordPiece | SentencePiece:
    """Returns the tokenizer that the flags ask for."""
    if FLAGS.spm_model_file:
        return SentencePiece(FLAGS.spm_model_file, FLAGS.do_lower_case)
    if FLAGS.family == "albert":
        ids = _read_albert_vocabulary(FLAGS.vocab_file)
    else:
        ids = _read_vocabulary(FLAGS.vocab_file)
    return WordPiece(ids, FLAGS.do_lower_case)


def _read_vocabulary(path: str) -> dict[str, int]:
    with open(path, encoding="utf-8", newline="\n") as file:
        return {line.strip(): number for number, line in enumerate(file)}


def _read_albert_vocabulary(path: str) -> dict[str, int]:
    """Reads the first field of each line; a repeated one has no number."""
    ids: dict[str, int] = {}
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            piece = line.split()[0] if line.strip() else " "
            if piece not in ids:
                ids[piece] = len(ids)
    return ids


class WordPiece:
    """BERT's two steps: words and punctuation, then longest pieces first.

    Attributes:
      ids: id of each piece.
      vocabulary: the pieces, in the file's order.
    """

    def __init__(self, ids: dict[str, int], lower_case: bool) -> None:
        self.ids = ids
        self.vocabulary = list(ids)
        self.lower_case = lower_case

    def clean(self, line: str) -> str:
        """Returns the line without the white space around it."""
        return line.strip()

    def starts_word(self, piece: str) -> bool:
        """Returns whether a piece is the first one of its word."""
        return not piece.startswith("##")

    def tokenize(self, text: str) -> list[str]:
        """Returns the pieces of a text."""
        tokens = []
        for word in self._words(text):
            tokens.extend(self._pieces(word))
        return tokens

    def _words(self, text: str) -> list[str]:
        words = []
        for word in _space_out(text).split():
            if self.lower_case:
                word = _without_accents(word.lower())
            words.extend(_split_punctuation(word))
        return " ".join(words).split()

    def _pieces(self, word: str) -> list[str]:
        if len(word) > _LONGEST_WORD:
            return ["[UNK]"]
        pieces = []
        start = 0
        while start < len(word):
            end = len(word)
            while end > start:
                piece = word[start:end]
                if start > 0:
                    piece = "##" + piece
                if piece in self.ids:
                    break
                end -= 1
            if end == start:
                return ["[UNK]"]
            pieces.append(piece)
            start = end
        return pieces


def _space_out(text: str) -> str:
    """Drops control characters; puts spaces around ideographs."""
    characters = []
    for character in text:
        code = ord(character)
        if code in (0, 0xFFFD) or _is_control(character):
            continue
        if _is_space(character):
            characters.append(" ")
        elif _is_ideograph(code):
            characters.append(f" {character} ")
        else:
            characters.append(character)
    return "".join(characters)


def _is_control(character: str) -> bool:
    if character in "\t\n\r":
        return False
    return unicodedata.category(character) in ("Cc", "Cf")


def _is_space(character: str) -> bool:
    return character in " \t\n\r" or unicodedata.category(character) == "Zs"


def _is_ideograph(code: int) -> bool:
    return any(first <= code <= last for first, last in _IDEOGRAPHS)


def _without_accents(word: str) -> str:
    return "".join(
        character
        for character in unicodedata.normalize("NFD", word)
        if unicodedata.category(character) != "Mn"
    )


def _split_punctuation(word: str) -> list[str]:
    parts: list[str] = []
    inside = False
    for character in word:
        if _is_punctuation(character):
            parts.append(character)
            inside = False
        elif inside:
            parts[-1] += character
        else:
            parts.append(character)
            inside = True
    return parts


def _is_punctuation(character: str) -> bool:
    code = ord(character)
    if 33 <= code <= 47 or 58 <= code <= 64:
        return True
    if 91 <= code <= 96 or 123 <= code <= 126:
        return True
    return unicodedata.category(character).startswith("P")


class SentencePiece:
    """ALBERT's text clean-up, SentencePiece and digit-comma rule.

    Attributes:
      ids: id of each piece; that of <unk> for any other text.
      vocabulary: the pieces, in the order of their ids.
    """

    def __init__(self, model_file: str, lower_case: bool) -> None:
        import sentencepiece  # WordPiece must not pay for it

        self.model = sentencepiece.SentencePieceProcessor()
        self.model.Load(model_file)
        self.lower_case = lower_case
        self.vocabulary = [
            self.model.IdToPiece(i) for i in range(self.model.GetPieceSize())
        ]
        self.ids = _WithUnknown(self.model.unk_id())
        self.ids.update((p, i) for i, p in enumerate(self.vocabulary))

    def clean(self, line: str) -> str:
        """Returns the line joined, decomposed, without accents."""
        text = unicodedata.normalize("NFKD", " ".join(line.split()))
        text = "".join(c for c in text if not unicodedata.combining(c))
        return text.lower() if self.lower_case else text

    def starts_word(self, piece: str) -> bool:
        """Returns whether a piece is the first one of its word."""
        if piece.startswith(("▁", "<")) or piece in _SINGLES:
            return True
        return any(c.lower() not in _INSIDE for c in piece)

    def tokenize(self, text: str) -> list[str]:
        """Returns the pieces of a text; "1990," gives its comma away."""
        tokens = []
        for piece in self.model.EncodeAsPieces(text):
            if len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit():
                number = piece[:-1].replace("▁", "")
                tokens.extend(self.model.EncodeAsPieces(number))
                tokens.append(",")
            else:
                tokens.append(piece)
        return tokens


class _WithUnknown(dict[str, int]):
    def __init__(self, unknown_id: int) -> None:
        super().__init__()
        self.unknown_id = unknown_id

    def __missing__(self, piece: str) -> int:
        return self.unknown_id
