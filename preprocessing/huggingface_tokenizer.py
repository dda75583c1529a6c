"""A tokenizer -> the files that transformers' `AutoTokenizer` reads.

tokenizer.json holds all that decides ids. tokenizer_config.json names the
class that takes that file as it stands, PreTrainedTokenizerFast: transformers
5 builds a BertTokenizer or an AlbertTokenizer anew from the pieces alone and
loses the rest (words of 101 to 200 characters, the digit-comma rule). Who asks
for these classes by name finds their settings and their vocabulary beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foundation import files
from foundation.errors import InputError
from preprocessing.huggingface_unigram import unigram_parts
from preprocessing.huggingface_wordpiece import (
    wordpiece_differences,
    wordpiece_parts,
)
from preprocessing.marked_tokenizer import MarkedTokenizer
from preprocessing.tokenization import (
    SentencePieceTokenizer,
    Tokenizer,
    WordPieceTokenizer,
)
from preprocessing.vocabulary import vocabulary_bytes

TOKENIZER_FILE = "tokenizer.json"
CONFIG_FILE = "tokenizer_config.json"
SPECIAL_TOKENS_FILE = "special_tokens_map.json"
WORDPIECE_FILE = "vocab.txt"
SENTENCEPIECE_FILE = "spiece.model"
_CLASS = "PreTrainedTokenizerFast"
_LITERAL_TOKENS = (
    "a special token that a text holds as it stands, such as [SEP], is that "
    "token to transformers and punctuation and letters here"
)

_Plain = WordPieceTokenizer | SentencePieceTokenizer


@dataclass(frozen=True)
class TokenizerExport:
    """What was written.

    Attributes:
      files: names of the files in the folder.
      not_carried: what the exported tokenizer does in another way, a sentence
        each, without a full stop.
    """

    files: tuple[str, ...]
    not_carried: tuple[str, ...]


def names_of_files(tokenizer: Tokenizer) -> tuple[str, ...]:
    """Returns the names of the files that `write_tokenizer` writes."""
    is_wordpiece = isinstance(_plain(tokenizer), WordPieceTokenizer)
    return (
        TOKENIZER_FILE,
        CONFIG_FILE,
        SPECIAL_TOKENS_FILE,
        WORDPIECE_FILE if is_wordpiece else SENTENCEPIECE_FILE,
    )


def write_tokenizer(
    folder: str, tokenizer: Tokenizer, *, vocabulary: str, max_length: int
) -> TokenizerExport:
    """Writes the files; ones of these names are replaced.

    Args:
      folder: where; it is there.
      tokenizer: WordPiece or SentencePiece, with entity markers or without.
      vocabulary: path of the file that the tokenizer was loaded from.
      max_length: how many positions the model has.

    Raises:
      InputError: the file is another one by now, or the SentencePiece model
        is of a kind that tokenizer.json has no form for.
    """
    content = _vocabulary_bytes(tokenizer, vocabulary)
    plain = _plain(tokenizer)
    markers = (
        tokenizer.marker_ids if isinstance(tokenizer, MarkedTokenizer) else {}
    )
    if isinstance(plain, WordPieceTokenizer):
        names = {i: marker for marker, i in markers.items()}
        parts = wordpiece_parts(plain, names=names)
        differences = wordpiece_differences(plain)
    else:
        parts, differences = unigram_parts(plain, content)
    special = _special_tokens(plain)
    added = _added_tokens(plain, special, markers)
    written = names_of_files(tokenizer)
    objects = (
        _tokenizer_json(plain, special, parts=parts, added=added),
        _config(plain, special, added=added, max_length=max_length),
        special
        | ({"additional_special_tokens": list(markers)} if markers else {}),
    )
    for name, value in zip(written, objects, strict=False):
        with files.write_atomically(files.join(folder, name)) as file:
            json.dump(value, file, indent=2, ensure_ascii=False)
            file.write("\n")
    with files.write_atomically(files.join(folder, written[-1]), "wb") as file:
        file.write(content)
    return TokenizerExport(written, (*differences, _LITERAL_TOKENS))


def _plain(tokenizer: Tokenizer) -> _Plain:
    base = (
        tokenizer.base if isinstance(tokenizer, MarkedTokenizer) else tokenizer
    )
    assert isinstance(base, WordPieceTokenizer | SentencePieceTokenizer)
    return base


def _vocabulary_bytes(tokenizer: Tokenizer, path: str) -> bytes:
    content = vocabulary_bytes(path)
    if hashlib.sha256(content).hexdigest() != tokenizer.vocab_sha256:
        raise InputError(
            "the vocabulary is not the one that the tokenizer was made of",
            got="another SHA-256",
            expected=tokenizer.vocab_sha256,
            next_step="name the file that the model was trained with",
            path=path,
        )
    return content


def _special_tokens(tokenizer: _Plain) -> dict[str, str]:
    """Returns the special tokens that there are, by transformers' names."""
    if isinstance(tokenizer, WordPieceTokenizer):
        known = set(tokenizer.ids)
        wanted = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
    else:
        known = set(tokenizer.all_pieces)
        unknown = tokenizer.all_pieces[tokenizer.unk_id]
        wanted = {"unk_token": unknown, "pad_token": "<pad>"}
    wanted |= {
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    return {name: token for name, token in wanted.items() if token in known}


def _added_tokens(
    tokenizer: _Plain, special: Mapping[str, str], markers: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Returns the tokens that are looked for before text is cut, by id."""
    if isinstance(tokenizer, WordPieceTokenizer):
        ids = dict(tokenizer.ids)
    else:
        ids = {p: i for i, p in enumerate(tokenizer.all_pieces)}
    found = {token: ids[token] for token in special.values()} | dict(markers)
    return [
        {
            "id": i,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for token, i in sorted(found.items(), key=lambda item: item[1])
    ]


def _tokenizer_json(
    tokenizer: _Plain,
    special: Mapping[str, str],
    *,
    parts: Mapping[str, Any],
    added: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": parts["normalizer"],
        "pre_tokenizer": parts["pre_tokenizer"],
        "post_processor": _template(
            {
                special["cls_token"]: tokenizer.cls_id,
                special["sep_token"]: tokenizer.sep_id,
            }
        ),
        "decoder": parts["decoder"],
        "model": parts["model"],
    }


def _template(ids: Mapping[str, int]) -> dict[str, Any]:
    """Returns "[CLS] A [SEP]" and "[CLS] A [SEP] B [SEP]" with segments."""
    cls, sep = ids

    def token(name: str, segment: int) -> dict[str, Any]:
        return {"SpecialToken": {"id": name, "type_id": segment}}

    def text(name: str, segment: int) -> dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": segment}}

    single = [token(cls, 0), text("A", 0), token(sep, 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, text("B", 1), token(sep, 1)],
        "special_tokens": {
            name: {"id": name, "ids": [i], "tokens": [name]}
            for name, i in ids.items()
        },
    }


def _config(
    tokenizer: _Plain,
    special: Mapping[str, str],
    *,
    added: list[dict[str, Any]],
    max_length: int,
) -> dict[str, Any]:
    if isinstance(tokenizer, WordPieceTokenizer):
        rules: dict[str, Any] = {
            "do_lower_case": tokenizer.rules.lower_case,
            "strip_accents": tokenizer.rules.strip_accents,
            "tokenize_chinese_chars": True,
        }
    else:
        rules = {
            "do_lower_case": tokenizer.lower_case,
            "keep_accents": not tokenizer.strip_accents,
            # Read again by this kit; transformers knows keep_accents.
            "strip_accents": tokenizer.strip_accents,
        }
    decoder = {
        str(token["id"]): {k: v for k, v in token.items() if k != "id"}
        for token in added
    }
    return {
        "tokenizer_class": _CLASS,
        **rules,
        **special,
        "added_tokens_decoder": decoder,
        "model_max_length": max_length,
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        "padding_side": "right",
        "truncation_side": "right",
        "clean_up_tokenization_spaces": False,
    }
