import json
import random

import numpy as np
import pytest

from preprocessing.tokenization import load_wordpiece
from tasks.labels import LabelMap
from tasks.readers import read_tagged_sentences
from tasks.tagging_features import Limits, featurize, word_tags
from tests.tasks.fake_tokenizer import FakeTokenizer

WORD = LabelMap(("O", "B", "I"), "word")
BIOBERT = LabelMap(("[PAD]", "B", "I", "O", "X", "[CLS]", "[SEP]"), "biobert")


def _features(words, tags, label_map=WORD, max_seq_length=128):
    (row,) = featurize(
        words,
        tags,
        tokenizer=FakeTokenizer(),
        label_map=label_map,
        limits=Limits(max_seq_length),
    )
    return row


def test_first_pieces_carry_the_label():
    features = _features(["a", "abcdef", "b"], ["O", "B", "I"])
    assert features.word_index.tolist() == [-1, 0, 1, 1, 2, -1]
    assert features.label_ids.tolist() == [-1, 0, 1, -1, 2, -1]
    assert features.input_ids.dtype == features.label_ids.dtype == np.int32
    assert features.input_ids[[0, -1]].tolist() == [2, 3]


def test_biobert_labels_every_position():
    features = _features(["a", "abcdef", "b"], ["O", "B", "I"], BIOBERT)
    assert features.label_ids.tolist() == [5, 3, 1, 4, 2, 6]


def test_a_word_without_pieces_is_one_unknown():
    features = _features(["\x01\x02", "a", ""], ["B", "I", "O"])
    assert features.input_ids.tolist() == [2, 1, 10 + ord("a"), 1, 3]
    assert features.label_ids.tolist() == [-1, 1, 2, 0, -1]


@pytest.mark.parametrize(
    ("num_words", "kept"), [(5, 5), (6, 6), (7, 6), (20, 6)]
)
def test_length_limit(num_words, kept):
    features = _features(["a"] * num_words, None, max_seq_length=8)
    assert len(features.input_ids) == kept + 2
    assert len(features.first_pieces) == kept
    assert features.label_ids.tolist() == [-1] * (kept + 2)


def test_a_word_cut_in_the_middle_is_kept():
    features = _features(["a", "abcdefghi", "b"], None, max_seq_length=4)
    assert features.word_index.tolist() == [-1, 0, 1, -1]
    assert len(features.first_pieces) == 2


def test_iob1_is_normalized_under_word_only():
    assert _features(["a", "b"], ["I", "I"]).label_ids.tolist()[1:3] == [1, 2]
    raw = _features(["a", "b"], ["I", "I"], BIOBERT)
    assert raw.label_ids.tolist()[1:3] == [2, 2]


def test_wrong_arguments():
    with pytest.raises(ValueError, match="got 1 tags, expected 2"):
        _features(["a", "b"], ["O"])
    with pytest.raises(ValueError, match="max_seq_length"):
        _features(["a"], None, max_seq_length=2)


def test_special_classes_at_a_first_piece_are_outside():
    labels = ["B", "X", "[PAD]", "[SEP]", "I"]
    assert word_tags(labels, num_words=6) == ["B", "O", "O", "O", "I", "O"]


ODD_WORDS = [
    "9/7/1992",
    "-imidazol-4yl]",
    "10\u00a0mg",
    "\u200b",
    "\x07",
    "",
    " ",
    "\U0001f600",
    "高血压",
    "x" * 120,
    "C57BL/6",
    "\u2028",
    "naïve",
]


@pytest.mark.parametrize("label_map", [WORD, BIOBERT])
def test_every_word_gets_exactly_one_tag(label_map):
    rng = random.Random(4)
    for _ in range(1000):
        words = [rng.choice(ODD_WORDS) for _ in range(rng.randint(1, 12))]
        tags = ["B" if rng.random() < 0.4 else "O" for _ in words]
        features = _features(words, tags, label_map, 20)
        kept = len(features.first_pieces)
        assert len(features.input_ids) <= 20
        ids = features.label_ids[features.first_pieces]
        labels = [label_map.labels[i] for i in ids]
        back = word_tags(labels, num_words=len(words))
        assert back == tags[:kept] + ["O"] * (len(words) - kept)


def _vocabulary_of(golden, path):
    """Writes a vocabulary of the pieces in the golden files, same ids.

    Greedy longest match finds the same pieces in it as in the whole one. The
    rest of a word that was cut off is spelled with single characters.
    """
    pieces = (golden / "token_test.txt").read_text().splitlines()
    arrays = np.load(golden / "features.npz")
    ids = arrays["input_ids"][arrays["input_mask"] == 1].tolist()
    assert len(ids) == len(pieces)
    by_id = dict(zip(ids, pieces, strict=True)) | {0: "[PAD]"}
    by_id |= {100: "[UNK]", 103: "[MASK]"}
    lines = [by_id.get(i, f"[unused{i}]") for i in range(28996)]
    spare = {chr(c) for c in range(33, 127)}
    spare = (spare | {f"##{c}" for c in spare}) - set(lines)
    free = (i for i in range(1000, 28996) if i not in by_id)
    for piece, i in zip(sorted(spare), free, strict=False):
        lines[i] = piece
    path.write_text("\n".join(lines) + "\n")
    return arrays, pieces


def test_golden_biobert_features(golden_dir, fixtures_dir, tmp_path):
    golden = golden_dir / "ner_biobert"
    arrays, pieces = _vocabulary_of(golden, tmp_path / "vocab.txt")
    tokenizer = load_wordpiece(
        str(tmp_path / "vocab.txt"), lower_case=False, control_characters="any"
    )
    sentences = read_tagged_sentences(
        str(fixtures_dir / "ncbi_disease" / "test.tsv")
    )
    _check_golden(golden, sentences, tokenizer, arrays, pieces)


@pytest.mark.shared
def test_golden_biobert_features_with_the_real_vocabulary(shared_dir):
    golden = shared_dir / "golden" / "ner_biobert" / "ncbi_disease_cased"
    vocabulary = shared_dir / "data" / "vocab" / "bert-base-cased" / "vocab.txt"
    data = shared_dir / "data" / "ner" / "biobert-format" / "NCBI-disease"
    _check_golden(
        golden,
        read_tagged_sentences(str(data / "test.tsv"))[:300],
        load_wordpiece(
            str(vocabulary), lower_case=False, control_characters="any"
        ),
        np.load(golden / "features.npz"),
        (golden / "token_test.txt").read_text().splitlines(),
    )


def _check_golden(golden, sentences, tokenizer, arrays, pieces):
    flags = json.loads((golden / "flags.json").read_text())
    assert len(sentences) == flags["sentences"] == 300
    untyped = [[tag[0] for tag in s.tags] for s in sentences]
    label_map = LabelMap(tuple(flags["labels"]), "biobert")
    written = []
    for row, (sentence, tags) in enumerate(
        zip(sentences, untyped, strict=True)
    ):
        (features,) = featurize(
            sentence.words,
            tags,
            tokenizer=tokenizer,
            label_map=label_map,
            limits=Limits(flags["max_seq_length"]),
        )
        length = len(features.input_ids)
        for name in ("input_ids", "label_ids"):
            expected = arrays[name][row]
            assert np.array_equal(getattr(features, name), expected[:length])
            assert not expected[length:].any()
        written += tokenizer.pieces(features.input_ids.tolist())
    assert written == pieces
