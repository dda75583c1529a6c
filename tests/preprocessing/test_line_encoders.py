"""The compiled encoders give the ids of the tokenizers they stand for."""

import io
import itertools
import random

import pytest

from preprocessing.documents import line_encoder
from preprocessing.tokenization import load_sentencepiece, load_wordpiece

# Characters that tokenizers treat in their own way, and plenty of plain ones.
ALPHABET = (
    "aaabbeinstthe AEINST 0123456789 .,;()-/%$#@[]_~`^|<>\\ \t\0\x0b\x0c\x1b"
    "\x1c\x1f\x7f\x85\xa0\xad\xa8\u0378\u0301\u0323\u1680\u200b\u200d\u2028"
    "\u2060\u2581\u3000\ue000\ufeff\ufffdàéçãßİıǅœαβΣςσΑ한글日本語カタⅧ½²–—“”€£′"
    "\U0001d401\U0001f9ec\U0001fae8\U00020000"
)


def lines_at_random(count, *, seed):
    rng = random.Random(seed)
    for _ in range(count):
        alphabet = ALPHABET if rng.random() < 0.5 else ALPHABET[:55]
        text = "".join(rng.choices(alphabet, k=rng.randint(0, 60)))
        if rng.random() < 0.05:
            text += chr(rng.choice([rng.randrange(0xD800), 0x10FFFF]))
        yield text.replace("\n", "").replace("\r", "")
    for size in (16, 17, 199, 200, 201, 255, 256, 257, 5000):
        yield "ab" * (size // 2) + "a" * (size % 2) + " the patient"
        yield "1" * size
        yield "(" * size + ","
        yield "é" * size + " x"


def check(encoder, lines):
    tokenizer = encoder.tokenizer
    expected = tokenizer.encode_lines(lines)
    for _ in range(2):  # the second time from memory
        result = encoder.encode("".join(f"{x}\n" for x in lines).encode())
        assert result.lengths.tolist() == list(map(len, expected))
        start = 0
        for line, ids in zip(lines, expected, strict=True):
            end = start + len(ids)
            assert result.ids[start:end].tolist() == ids, ascii(line)
            start = end
        assert len(result.ids) == start
    for line in lines[::10]:
        if tokenizer.family == "bert":
            assert encoder.is_blank(line.encode()) == (not line.strip())


@pytest.mark.parametrize("control_characters", ["google", "any"])
@pytest.mark.parametrize("strip_accents", [True, False])
@pytest.mark.parametrize("lower_case", [True, False])
def test_wordpiece(golden_dir, lower_case, strip_accents, control_characters):
    name = "vocab_uncased_2k.txt" if lower_case else "vocab_cased_2k.txt"
    tokenizer = load_wordpiece(
        str(golden_dir / "tokenization" / name),
        lower_case=lower_case,
        strip_accents=strip_accents,
        control_characters=control_characters,
    )
    lines = list(lines_at_random(3000, seed=int(lower_case)))
    check(line_encoder(tokenizer), lines)


def test_wordpiece_with_an_odd_vocabulary(tmp_path):
    # Equal lines (the later id wins), a piece "##" and one without "##" that
    # only goes on, an empty continuation, no single letters.
    pieces = [
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "ab",
        "ab",
        "##ab",
        "##",
        "#",
        "b",
        "##b",
        "##abab",
        "12",
        "##é",
        "é",
    ]
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("\n".join(pieces), encoding="utf-8")
    tokenizer = load_wordpiece(str(vocabulary), lower_case=False)
    words = ["".join(x) for x in itertools.product("ab#1é", repeat=4)]
    words += ["abababab", "12ab", "##ab", "[UNK]", "a" * 300]
    check(line_encoder(tokenizer), [*words, " ".join(words)])


@pytest.mark.parametrize("strip_accents", [True, False])
@pytest.mark.parametrize("lower_case", [True, False])
def test_sentence_piece(golden_dir, lower_case, strip_accents):
    tokenizer = load_sentencepiece(
        str(golden_dir / "tokenization" / "spm_2k.model"),
        lower_case=lower_case,
        strip_accents=strip_accents,
    )
    encoder = line_encoder(tokenizer)
    assert encoder.compiled
    check(encoder, list(lines_at_random(3000, seed=int(lower_case))))


def test_sentence_piece_on_words_and_near_ties(golden_dir):
    tokenizer = load_sentencepiece(
        str(golden_dir / "tokenization" / "spm_2k.model"), lower_case=True
    )
    encoder = line_encoder(tokenizer)
    rng = random.Random(5)
    pieces = [piece.replace("▁", "") for piece in tokenizer.all_pieces]
    pieces = [piece for piece in pieces if piece.isascii()]
    # Words made of pieces have several cuts that are nearly as good; in long
    # lines the library's sums are rounded more.
    words = [
        "".join(rng.choices(pieces, k=rng.randint(1, 4))) for _ in range(20_000)
    ]
    words += ["0" * size for size in range(1, 40)]
    for size in (1, 10, 300, 5000):
        lines = [
            " ".join(words[start : start + size])
            for start in range(0, len(words), size)
        ]
        check(encoder, lines)


def test_no_rule_of_the_normalizer_reaches_beyond_a_space(golden_dir):
    sentencepiece = pytest.importorskip("sentencepiece")
    model = (golden_dir / "tokenization" / "spm_2k.model").read_bytes()
    normalizer = sentencepiece.SentencePieceNormalizer(model_proto=model)
    sources = [source for source, _ in normalizer.decompile()]
    assert len(sources) > 100_000
    printable = {chr(code) for code in range(32, 127)}
    assert not any(" " in source for source in sources)
    assert not any(set(source) <= printable for source in sources)


def train(tmp_path, **options):
    import sentencepiece

    rng = random.Random(0)
    text = [
        " ".join(
            "".join(rng.choices("abcde", k=rng.randint(1, 7))) for _ in "12345"
        )
        for _ in range(500)
    ]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text),
        model_writer=model,
        vocab_size=options.pop("vocab_size", 60),
        control_symbols=["[CLS]", "[SEP]", "[MASK]"],
        hard_vocab_limit=False,
        minloglevel=2,
        **options,
    )
    path = tmp_path / "x.model"
    path.write_bytes(model.getvalue())
    return load_sentencepiece(str(path), lower_case=True)


@pytest.mark.parametrize(
    ("options", "compiled"),
    [
        ({}, True),
        ({"user_defined_symbols": ["-", "b"]}, True),
        ({"user_defined_symbols": ["-", "ab", "cde"]}, None),
        ({"byte_fallback": True, "vocab_size": 400}, True),
        ({"model_type": "bpe"}, False),
        ({"model_type": "char"}, None),
        ({"model_type": "unigram", "split_by_whitespace": False}, None),
        ({"add_dummy_prefix": False}, False),
        ({"remove_extra_whitespaces": False}, False),
        ({"treat_whitespace_as_suffix": True}, False),
        ({"normalization_rule_name": "nmt_nfkc_cf"}, None),
    ],
)
def test_sentence_piece_models_of_other_kinds(tmp_path, options, compiled):
    tokenizer = train(tmp_path, **options)
    encoder = line_encoder(tokenizer)
    if compiled is not None:
        assert encoder.compiled == compiled
    rng = random.Random(1)
    lines = [
        "".join(rng.choices("aabbccdde  -z", k=rng.randint(0, 40)))
        for _ in range(500)
    ]
    check(encoder, lines)


def test_what_is_blank_to_albert(golden_dir):
    tokenizer = load_sentencepiece(
        str(golden_dir / "tokenization" / "spm_2k.model"), lower_case=True
    )
    encoder = line_encoder(tokenizer)
    for line in ("", " \t", "\u0301", "\u3000\x1c"):
        assert encoder.is_blank(line.encode())
    for line in ("a", "\x07", "\xa8"):
        assert not encoder.is_blank(line.encode())


def test_other_tokenizers_have_no_bulk_path():
    with pytest.raises(TypeError, match="no line encoder for Path"):
        line_encoder(type("Path", (), {})())


@pytest.mark.shared
@pytest.mark.parametrize(
    "vocabulary",
    [
        "bert-base-uncased/vocab.txt",
        "bert-base-cased/vocab.txt",
        "scibert-scivocab-uncased/vocab.txt",
        "albert-30k/30k-clean.model",
    ],
)
def test_whole_corpora(shared_dir, vocabulary):
    path = str(shared_dir / "data" / "vocab" / vocabulary)
    if vocabulary.endswith(".model"):
        tokenizer = load_sentencepiece(path, lower_case=True)
    else:
        tokenizer = load_wordpiece(path, lower_case="uncased" in path)
    encoder = line_encoder(tokenizer)
    for file in sorted((shared_dir / "data" / "corpus").glob("*/*docs.txt")):
        text = file.read_bytes()
        lines = text.decode().split("\n")
        assert lines.pop() == ""
        expected = tokenizer.encode_lines(lines)
        result = encoder.encode(text)
        assert result.lengths.tolist() == list(map(len, expected))
        chained = itertools.chain.from_iterable(expected)
        assert result.ids.tolist() == list(chained)
