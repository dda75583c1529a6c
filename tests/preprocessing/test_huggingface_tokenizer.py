"""tokenizer.json gives our ids, as the library that reads it computes them."""

import io
import itertools
import json
import random
import re

import pytest
import sentencepiece
import tokenizers

from foundation.errors import InputError
from preprocessing.huggingface_tokenizer import (
    names_of_files,
    write_tokenizer,
)
from preprocessing.marked_tokenizer import mark_entities
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from tests.comma_model import comma_model
from tests.odd_sentences import odd_sentences

WORDPIECE = {
    "cased": ("vocab_cased_2k.txt", {"lower_case": False}),
    "cased, without accents": (
        "vocab_cased_2k.txt",
        {"lower_case": False, "strip_accents": True},
    ),
    "uncased": ("vocab_uncased_2k.txt", {"lower_case": True}),
    "uncased, accents": (
        "vocab_uncased_2k.txt",
        {"lower_case": True, "strip_accents": False},
    ),
}
SENTENCEPIECE = {
    "albert": {"lower_case": True},
    "albert, cased": {"lower_case": False},
    "albert, accents": {"lower_case": True, "strip_accents": False},
}
# Held as they stand by text, they are tokens to transformers.
LITERAL = re.compile(r"\[(CLS|SEP|MASK|PAD|UNK)\]|<pad>|<unk>")
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
RARE_IDEOGRAPH = re.compile("[\U0002b820-\U0002b91f]")


@pytest.fixture(scope="module")
def export(tmp_path_factory, golden_dir):
    """Returns a tokenizer by its name above, and what was written of it."""
    done = {}

    def write(name):
        if name not in done:
            path, tokenizer = load(golden_dir / "tokenization", name)
            folder = tmp_path_factory.mktemp("export")
            write_tokenizer(
                str(folder), tokenizer, vocabulary=str(path), max_length=512
            )
            done[name] = tokenizer, folder
        return done[name]

    return write


def load(folder, name):
    if name in WORDPIECE:
        path = folder / WORDPIECE[name][0]
        return path, load_wordpiece(str(path), **WORDPIECE[name][1])
    path = folder / "spm_2k.model"
    return path, load_sentencepiece(str(path), **SENTENCEPIECE[name])


def read(folder):
    return tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))


def unequal(tokenizer, folder, texts):
    found = read(folder).encode_batch(texts, add_special_tokens=False)
    ours = tokenizer.encode_lines(texts)
    return [
        text
        for text, ids, encoding in zip(texts, ours, found, strict=True)
        if ids != encoding.ids
    ]


@pytest.mark.parametrize("name", [*WORDPIECE, *SENTENCEPIECE])
def test_abstracts_get_our_ids(export, fixtures_dir, name):
    path = fixtures_dir / "sample_corpus" / "abstracts.txt"
    lines = path.read_text(encoding="utf-8").split("\n")
    assert len(lines) > 400
    accents = "Você e maçã, hacía möchte nai\u0308ve  X.\tO  ''Ångström''"
    assert unequal(*export(name), [*lines, accents, ""]) == []


@pytest.mark.parametrize(
    ("name", "count"), [("uncased", 3), ("cased", 3), ("albert", 1)]
)
def test_of_the_golden_texts_some_differ(export, recorded_texts, name, count):
    tokenizer, folder = export(name)
    found = unequal(tokenizer, folder, recorded_texts)
    assert len(found) == count


@pytest.fixture(scope="module")
def recorded_texts(golden_dir):
    path = golden_dir / "tokenization" / "tokens.jsonl"
    with path.open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line)["text"] for line in file]


@pytest.mark.parametrize("name", [*WORDPIECE, *SENTENCEPIECE])
def test_odd_text_differs_only_as_told(export, name):
    texts = [
        " ".join(sentence.words)
        for sentence in odd_sentences(400, types=("x",), seed=5)
    ]
    found = unequal(*export(name), texts)
    assert found
    # The reasons that `not_carried` gives.
    reasons = [LITERAL.search]
    if name in WORDPIECE:
        reasons += [PRIVATE.search, RARE_IDEOGRAPH.search]
    if name.startswith("uncased"):
        reasons.append(lambda text: "Σ" in text)
    assert [t for t in found if not any(why(t) for why in reasons)] == []


@pytest.mark.parametrize("size", [100, 101, 200, 201])
def test_long_words_are_cut_as_by_bert(export, size):
    tokenizer, folder = export("uncased")
    assert (
        unequal(tokenizer, folder, ["ab" * (size // 2) + "a" * (size % 2)])
        == []
    )


def test_the_digit_comma_rule_is_carried(tmp_path):
    path = tmp_path / "comma.model"
    path.write_bytes(comma_model())
    tokenizer = load_sentencepiece(str(path), lower_case=True)
    write_tokenizer(
        str(tmp_path), tokenizer, vocabulary=str(path), max_length=8
    )
    after = [*map(str, range(120)), "00", "000", "401", "0123", ""]
    ends = ("", "%", " mg", "/2", ",000", ",", ".5")
    texts = [
        f"the {number},{digits}{end} dose"
        for number in ("1", "2", "11", "21", "1990", "7", "111", "11-1")
        for digits, end in itertools.product(after, ends)
    ]
    by_rule = [
        text
        for text in texts
        if not tokenizer.comma_rule.keys().isdisjoint(
            tokenizer.processor.encode(text, out_type=int)
        )
    ]
    assert len(by_rule) > 1000
    assert unequal(tokenizer, tmp_path, texts) == []
    # Without the cut some of them would have other ids: it is needed.
    written = json.loads((tmp_path / "tokenizer.json").read_text("utf-8"))
    written["pre_tokenizer"]["pretokenizers"].pop()
    (tmp_path / "tokenizer.json").write_text(json.dumps(written), "utf-8")
    assert len(unequal(tokenizer, tmp_path, texts)) > 100


def test_odd_lines_of_a_vocabulary_keep_their_ids(tmp_path):
    path = tmp_path / "vocab.txt"
    pieces = ["[PAD]", "the", "[UNK]", "[CLS]", "[SEP]", "rat", "\u2028"]
    pieces += ["the", " rat ", "##s\t", "[MASK]", "cat"]
    path.write_text("\n".join(pieces) + "\n\n", encoding="utf-8")
    tokenizer = load_wordpiece(str(path), lower_case=True)
    out = tmp_path / "out"
    out.mkdir()
    write_tokenizer(str(out), tokenizer, vocabulary=str(path), max_length=8)
    assert tokenizer.encode("the rats cat") == [7, 8, 9, 11]
    assert unequal(tokenizer, out, ["the rats cat", "line 2", "[line 2]"]) == []
    assert read(out).get_vocab_size() == tokenizer.vocab_size == len(pieces)
    assert (out / "vocab.txt").read_bytes() == path.read_bytes()


def test_pairs_have_segments(export):
    tokenizer, folder = export("uncased")
    both = read(folder).encode("the dose", "of rats")
    cls, sep = tokenizer.cls_id, tokenizer.sep_id
    first, second = tokenizer.encode_lines(["the dose", "of rats"])
    assert both.ids == [cls, *first, sep, *second, sep]
    assert both.type_ids == [0] * (len(first) + 2) + [1] * (len(second) + 1)


@pytest.mark.parametrize("name", ["uncased", "albert"])
def test_markers_are_tokens(golden_dir, tmp_path, name):
    path, tokenizer = load(golden_dir / "tokenization", name)
    if name == "uncased":
        text = path.read_text(encoding="utf-8")
        pieces = text.split("\n")
        pieces[5:9] = [f"[unused{n}]" for n in range(1, 5)]
        path = tmp_path / "given.txt"
        path.write_text("\n".join(pieces), encoding="utf-8")
        tokenizer = load_wordpiece(str(path), lower_case=True)
    marked = mark_entities(tokenizer)
    write_tokenizer(str(tmp_path), marked, vocabulary=str(path), max_length=9)
    texts = ["the [E1]rat[/E1]-in [E2] Cat [/E2] on", "[e1] [E3] no"]
    assert unequal(marked, tmp_path, texts) == []
    assert set(marked.marker_ids.values()) <= set(marked.encode(texts[0]))
    assert read(tmp_path).get_vocab_size() == marked.vocab_size
    special = json.loads((tmp_path / "special_tokens_map.json").read_text())
    assert special["additional_special_tokens"] == list(marked.marker_ids)


def test_masks_are_found_in_text(export):
    for name in ("cased", "albert"):
        tokenizer, folder = export(name)
        found = read(folder).encode("the [MASK] of", add_special_tokens=False)
        the, of = tokenizer.encode_lines(["the", "of"])
        assert found.ids == [*the, tokenizer.mask_id, *of]


def test_the_settings_say_what_the_rules_are(export):
    _, folder = export("uncased, accents")
    settings = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    assert settings["model_max_length"] == 512
    assert settings["do_lower_case"] is True
    assert settings["strip_accents"] is False
    assert settings["tokenize_chinese_chars"] is True
    assert settings["mask_token"] == "[MASK]"
    _, folder = export("albert, accents")
    settings = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    assert settings["keep_accents"] is True
    assert settings["do_lower_case"] is True
    assert settings["pad_token"] == "<pad>"


def test_names_are_known_before(export, golden_dir, tmp_path):
    for name in ("cased", "albert"):
        tokenizer, folder = export(name)
        written = sorted(path.name for path in folder.iterdir())
        assert sorted(names_of_files(tokenizer)) == written
    path, tokenizer = load(golden_dir / "tokenization", "albert")
    done = write_tokenizer(
        str(tmp_path), tokenizer, vocabulary=str(path), max_length=8
    )
    assert done.files == names_of_files(tokenizer)
    assert (tmp_path / "spiece.model").read_bytes() == path.read_bytes()


def test_what_differs_is_told(golden_dir, tmp_path):
    path = str(golden_dir / "tokenization" / "vocab_cased_2k.txt")
    told = {}
    for rule in ("google", "any"):
        tokenizer = load_wordpiece(
            path, lower_case=False, control_characters=rule
        )
        told[rule] = write_tokenizer(
            str(tmp_path), tokenizer, vocabulary=path, max_length=8
        ).not_carried
        private, unassigned = "a\ue000b", "a\u0378b"
        differs = {"google": private, "any": unassigned}[rule]
        texts = [private, unassigned]
        assert unequal(tokenizer, tmp_path, texts) == [differs]
    assert "private-use" in told["google"][0]
    assert "unassigned" in told["any"][0]
    assert not [line for line in told["any"] if "sigma" in line]


def test_a_changed_vocabulary_is_refused(golden_dir, tmp_path):
    _, tokenizer = load(golden_dir / "tokenization", "cased")
    other = tmp_path / "vocab.txt"
    other.write_text("[PAD]\n[UNK]\n")
    with pytest.raises(InputError, match="not the one"):
        write_tokenizer(
            str(tmp_path), tokenizer, vocabulary=str(other), max_length=8
        )
    assert [path.name for path in tmp_path.iterdir()] == ["vocab.txt"]


def test_other_sentencepiece_models_are_refused(tmp_path):
    model = io.BytesIO()
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdef", k=5)) for _ in range(400)]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(words),
        model_writer=model,
        model_type="bpe",
        vocab_size=40,
        control_symbols=["[CLS]", "[SEP]"],
        minloglevel=2,
    )
    path = tmp_path / "bpe.model"
    path.write_bytes(model.getvalue())
    tokenizer = load_sentencepiece(str(path), lower_case=True)
    with pytest.raises(InputError, match="another algorithm than unigram"):
        write_tokenizer(
            str(tmp_path), tokenizer, vocabulary=str(path), max_length=8
        )


PUBLISHED = {
    "bert-base-cased": {"lower_case": False},
    "bert-base-uncased": {"lower_case": True},
    "scibert-scivocab-uncased": {"lower_case": True},
    "albert-30k": {"lower_case": True},
}


@pytest.mark.shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_vocabularies_on_real_lines(shared_dir, tmp_path, name):
    (path,) = (shared_dir / "data" / "vocab" / name).iterdir()
    is_model = path.suffix == ".model"
    loading = load_sentencepiece if is_model else load_wordpiece
    tokenizer = loading(str(path), **PUBLISHED[name])
    write_tokenizer(
        str(tmp_path), tokenizer, vocabulary=str(path), max_length=512
    )
    corpus = shared_dir / "data" / "corpus"
    for file in ("pubmed-docs/pubmed_docs", "pt-neurology/pt_neurology_docs"):
        with (corpus / f"{file}.txt").open(encoding="utf-8") as lines:
            texts = [line.strip() for line in itertools.islice(lines, 1500)]
        assert unequal(tokenizer, tmp_path, texts) == []
    if not is_model:
        return
    # 20,000 made-up numbers in docs/fidelity.md; what is not carried is rare.
    rng = random.Random(4)
    numbers = [
        f"{rng.randint(0, 2020)},{rng.randint(0, 999):03}{end}"
        for end in ("", "%", " mg", ",000") * 500
    ]
    assert len(unequal(tokenizer, tmp_path, numbers)) <= 2
