"""More pieces in a vocabulary: what has none of them is cut as before."""

import pytest

from foundation.errors import InputError
from preprocessing import sentence_piece_proto
from preprocessing.cut_changes import cut_changes, parts_of, unchanged_lines
from preprocessing.new_words import NewWord, frequent_words, rules_of
from preprocessing.sentence_piece import tokenizer_of_model
from preprocessing.sentence_piece_lines import SentencePieceLines
from preprocessing.tokenization import WordPieceTokenizer, load_wordpiece
from preprocessing.vocabulary_coverage import coverage
from preprocessing.vocabulary_extension import (
    cut_off,
    extend_sentencepiece,
    extend_wordpiece,
    unused_places,
)
from preprocessing.word_counts import count_words
from preprocessing.wordpiece import TextRules

HEAD = ["[PAD]", "[unused1]", "[unused2]", "[UNK]", "[CLS]", "[SEP]"]
TAIL = ["fo", "##ox", "##o", "[unused5]", "[unused6]"]


@pytest.fixture(scope="module")
def text(fixtures_dir):
    return (fixtures_dir / "sample_corpus" / "abstracts.txt").read_bytes()


@pytest.fixture
def vocabulary(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(HEAD + TAIL), encoding="utf-8")
    return str(path)


def words_of(text, tokenizer, number=30):
    counts = count_words([text], rules_of(tokenizer)).counts
    return frequent_words(counts, tokenizer, min_frequency=3, min_pieces=2)[
        :number
    ]


def extended(text, golden_dir, tokenizers, family):
    old = tokenizers[family]
    words = words_of(text, old)
    folder = golden_dir / "tokenization"
    if family == "bert":
        path = str(folder / "vocab_uncased_2k.txt")
        return words, old, extend_wordpiece(path, old, words)
    path = str(folder / "spm_2k.model")
    return words, old, extend_sentencepiece(path, old, words)


@pytest.mark.parametrize("family", ["bert", "albert"])
def test_new_words_are_one_piece_and_others_are_cut_as_before(
    family, text, golden_dir, tokenizers
):
    words, old, grown = extended(text, golden_dir, tokenizers, family)
    new = grown.tokenizer
    size = old.vocab_size
    assert new.vocab_size == size + len(words) == size + 30
    assert new.pieces(range(size)) == old.pieces(range(size))
    for number, word in enumerate(words):
        assert new.encode_word(word.word) == [size + number]
        assert grown.new_ids[word.word] == size + number
    num_changed = 0
    for line in text.decode().split("\n"):
        was, now = old.encode(line), new.encode(line)
        num_changed += was != now
        assert was == now or max(now) >= size
    assert num_changed > 50
    for part in set(text.decode().lower().split()):
        if not any(word.word in part for word in words):
            assert old.encode_word(part) == new.encode_word(part)


def test_a_vocab_txt_keeps_its_lines(text, golden_dir, tokenizers):
    words, _, grown = extended(text, golden_dir, tokenizers, "bert")
    before = (golden_dir / "tokenization" / "vocab_uncased_2k.txt").read_bytes()
    added = "".join(f"{word.word}\n" for word in words).encode()
    assert grown.content == before + added


def test_a_sentencepiece_model_keeps_its_bytes(text, golden_dir, tokenizers):
    words, old, grown = extended(text, golden_dir, tokenizers, "albert")
    before = (golden_dir / "tokenization" / "spm_2k.model").read_bytes()
    assert grown.content.startswith(before)
    processor = grown.tokenizer.processor
    scores = [processor.get_score(i) for i in range(processor.get_piece_size())]
    old_scores = scores[: old.vocab_size]
    assert old_scores == [
        old.processor.get_score(i) for i in range(old.vocab_size)
    ]
    for word, score in zip(words, scores[old.vocab_size :], strict=True):
        # Else the score of unknown characters would be another one.
        assert min(s for s in old_scores if s < 0) <= score < 0
        assert score > sum(old_scores[i] for i in word.old_ids)
    # The compiled encoder reads the new model too.
    lines = SentencePieceLines(grown.tokenizer)
    assert lines.compiled
    sample = b"\n".join(text.split(b"\n")[:50]) + b"\n"
    expected = grown.tokenizer.encode_lines(sample.decode().split("\n")[:-1])
    found = lines.encode(sample)
    assert found.ids.tolist() == [i for ids in expected for i in ids]


def test_scores_are_told_to_other_readers(tokenizers, golden_dir):
    # The number of pieces stands in the trainer's settings, too; a reader of
    # protocol buffers takes the last one.
    words = [NewWord("zymogen", 9, (5, 6)), NewWord("zz", 9, (1,))]
    path = golden_dir / "tokenization" / "spm_2k.model"
    grown = extend_sentencepiece(str(path), tokenizers["albert"], words)
    sizes = [
        inner
        for number, value in sentence_piece_proto.fields(grown.content)
        if number == 2
        for field, inner in sentence_piece_proto.fields(value)
        if field == 4
    ]
    assert sizes == [2000, 2002]
    processor = grown.tokenizer.processor
    # An unknown word's pieces have no scores to add up.
    assert processor.get_score(2001) == min(
        processor.get_score(i) for i in range(2000)
    )


def test_only_a_unigram_model_can_grow(golden_dir, tokenizers, tmp_path):
    model = (golden_dir / "tokenization" / "spm_2k.model").read_bytes()
    bpe = tmp_path / "bpe.model"
    bpe.write_bytes(model + b"\x12\x02\x18\x02")  # trainer_spec.model_type: 2
    with pytest.raises(InputError, match="type 2"):
        extend_sentencepiece(str(bpe), tokenizers["albert"], [])
    assert tokenizer_of_model(model, lower_case=True).vocab_size == 2000


def test_unused_places_are_filled_in_order(vocabulary):
    old = load_wordpiece(vocabulary, lower_case=True)
    assert unused_places(old, keep=()) == [1, 2, 9, 10]
    # The entity markers' places.
    places = unused_places(old)
    assert places == [9, 10]
    word = NewWord("foox", 3, (6, 7))
    grown = extend_wordpiece(vocabulary, old, [word], places=places)
    lines = grown.content.decode().split("\n")
    assert lines == [*HEAD, "fo", "##ox", "##o", "foox", "[unused6]", ""]
    assert grown.tokenizer.encode("Foox fooox") == [9, 6, 8, 7]
    three = [NewWord(w, 1, (6,)) for w in ("fa", "fb", "fc")]
    with pytest.raises(ValueError, match="3 words for 2 places"):
        extend_wordpiece(vocabulary, old, three, places=places)


def test_a_hole_gets_a_name_and_keeps_its_id(tmp_path):
    pieces = ["[UNK]", "[CLS]", "", "[SEP]", "[unused0]", "fo", "##o"]
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(pieces) + "\n", encoding="utf-8")
    old = WordPieceTokenizer(
        pieces,
        rules=TextRules(lower_case=True, strip_accents=True),
        vocab_sha256="",
    )
    grown = extend_wordpiece(str(path), old, [NewWord("foo", 3, (5, 6))])
    path.write_bytes(grown.content)
    new = load_wordpiece(str(path), lower_case=True)
    assert new.pieces([2, 3, 7]) == ["[unused1]", "[SEP]", "foo"]
    assert new.vocab_sha256 == grown.tokenizer.vocab_sha256


def test_a_word_that_cuts_others_off_is_found(vocabulary):
    # "foox" is fo ##ox; after a piece "foo" there is no "##x".
    old = load_wordpiece(vocabulary, lower_case=True)
    counts = {"foox": 2, "foo": 5, "x": 1}
    grown = extend_wordpiece(vocabulary, old, [NewWord("foo", 5, (6, 8))])
    assert grown.tokenizer.encode("foox") == [3]
    assert cut_off(counts, old, grown) == {"foo"}
    changes = cut_changes(counts, old, grown)
    assert (changes.num_new, changes.num_lost) == (5, 2)
    both = [NewWord("foo", 5, (6, 8)), NewWord("foox", 2, (6, 7))]
    assert (
        cut_off(counts, old, extend_wordpiece(vocabulary, old, both)) == set()
    )


def test_changes_are_counted(text, golden_dir, tokenizers):
    words, old, grown = extended(text, golden_dir, tokenizers, "bert")
    counted = count_words([text], old.rules)
    changes = cut_changes(counted.counts, old, grown)
    assert changes.before == coverage(counted, old)
    assert changes.after == coverage(counted, grown.tokenizer)
    saved = changes.before.num_pieces - changes.after.num_pieces
    longer = changes.longer_before - changes.longer_after
    assert changes.num_new == sum(word.frequency for word in words)
    assert saved == sum(word.num_saved for word in words) + longer
    assert changes.num_lost == 0


def test_changes_between_the_spaces_of_a_sentencepiece_text(
    text, golden_dir, tokenizers
):
    _, old, grown = extended(text, golden_dir, tokenizers, "albert")
    changes = cut_changes(parts_of([text]), old, grown)
    lines = text.decode().split("\n")
    for tokenizer, side in (
        (old, changes.before),
        (grown.tokenizer, changes.after),
    ):
        assert side.num_pieces == sum(map(len, tokenizer.encode_lines(lines)))
    assert changes.num_new > 0
    assert changes.before.num_unknown == changes.after.num_unknown


def test_sentences_without_new_words(text, golden_dir, tokenizers):
    _, old, grown = extended(text, golden_dir, tokenizers, "bert")
    size = old.vocab_size
    lines, num_cut = unchanged_lines([text], old, grown.tokenizer, num_lines=40)
    assert len(lines) == 40
    assert num_cut == 0
    all_lines, num_cut = unchanged_lines(
        [text], old, grown.tokenizer, num_lines=400
    )
    assert 0 < num_cut < len(all_lines)
    assert max(max(ids) for ids in all_lines) < size
    assert min(map(len, all_lines)) >= 8
