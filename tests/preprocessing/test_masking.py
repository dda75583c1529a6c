import dataclasses

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing.instance_arrays import tables_of
from preprocessing.instances import (
    InstanceOptions,
    create_instances,
    vocabulary_facts,
)
from preprocessing.tokenization import load_wordpiece
from preprocessing.vocabulary_facts import word_starts
from tests.preprocessing.pretraining_cases import (
    marked_ids,
    pack,
    read_documents,
    rows_of,
)


@pytest.fixture(scope="module")
def corpora(golden_dir, tokenizers):
    path = golden_dir / "pretraining_data" / "corpus_a.txt"
    return {
        family: pack(read_documents([path], tokenizer))
        for family, tokenizer in tokenizers.items()
    }


BERT = InstanceOptions(
    family="bert",
    max_seq_length=128,
    max_predictions_per_seq=20,
    dupe_factor=20,
    do_whole_word_mask=False,
)
WORDS = dataclasses.replace(BERT, do_whole_word_mask=True)
ALBERT = dataclasses.replace(WORDS, family="albert")


class Made:
    """The instances of corpus_a, in rows."""

    def __init__(self, corpus, tokenizer, options):
        self.facts = vocabulary_facts(tokenizer)
        table, _ = create_instances(corpus, options, self.facts)
        self.table = table
        self.rows = rows_of(table.input_ids, table.starts)
        self.positions = rows_of(table.masked_lm_positions, table.masked_starts)
        self.labels = rows_of(table.masked_lm_ids, table.masked_starts)
        self.segment_b = table.segment_b.tolist()

    @property
    def predictions(self):
        """Pairs of arrays: what stands there, what stood there."""
        rows = zip(self.rows, self.positions, strict=True)
        now = [row[i] for row, positions in rows for i in positions]
        return np.array(now), self.table.masked_lm_ids.astype(np.int64)


@pytest.fixture(scope="module")
def make(corpora, tokenizers):
    def made(options):
        family = options.family
        return Made(corpora[family], tokenizers[family], options)

    return made


def test_wordpieces_that_start_a_word():
    pieces = ["un", "##want", "##", "#", "[UNK]", "##.", "a##"]
    starts = word_starts(pieces, sentencepiece=False)
    assert starts.tolist() == [1, 0, 0, 1, 1, 0, 1]


@pytest.mark.parametrize(
    ("pieces", "starts"),
    [
        (["▁the", "▁", "<a", "<unk>", "<pad>"], 1),
        (["ing", "s", "S", "ED", "-b", "()", "~~", "a.b"], 0),
        (list('!"#$%&()*+,-./:;?@[\\]^_`{|}~'), 1),
        (["'", "'s", "=", ">", "a=b", "5", "1990", "a1"], 1),
        (["é", "né", "α", "日本", "€", "£", "€s", "–"], 1),
        (["K"], 0),  # U+212A, the Kelvin sign: its lower case is k
        (["[MASK]"], 0),
    ],
)
def test_sentencepieces_that_start_a_word(pieces, starts):
    found = word_starts(pieces, sentencepiece=True)
    assert found.tolist() == [starts] * len(pieces)
    assert found.dtype == np.uint8


def test_a_piece_that_comes_twice(tmp_path):
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused1]"]
    pieces += ["a", "b", "a", "##c"]
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(pieces) + "\n", encoding="utf-8")
    facts = vocabulary_facts(load_wordpiece(str(path), lower_case=True))
    assert facts.drawn_ids.tolist() == [0, 1, 2, 3, 4, 5, 8, 7, 9]
    assert facts.is_special.tolist() == [1] * 6 + [0] * 4
    assert facts.starts_word.tolist() == [1] * 9 + [0, 0]
    kept = dataclasses.replace(BERT, replace_with_specials=False)
    assert tables_of(kept, facts).drawn_ids.tolist() == [8, 7, 9]


def test_vocabularies_that_cannot_be(tokenizers):
    facts = vocabulary_facts(tokenizers["bert"])
    with pytest.raises(InputError, match="MASK"):
        dataclasses.replace(facts, mask_id=facts.unk_id)
    only_special = dataclasses.replace(
        facts, is_special=np.ones_like(facts.is_special)
    )
    kept = dataclasses.replace(BERT, replace_with_specials=False)
    with pytest.raises(InputError, match="special"):
        tables_of(kept, only_special)


def test_python_rounds_halves_to_even(tokenizers):
    facts = vocabulary_facts(tokenizers["bert"])
    counts = tables_of(BERT, facts).num_predictions
    lengths = [5, 10, 30, 50, 70, 90, 110, 128]
    assert counts[lengths].tolist() == [1, 2, 4, 8, 10, 14, 16, 19]
    few = dataclasses.replace(BERT, max_predictions_per_seq=6)
    assert tables_of(few, facts).num_predictions[30:].max() == 6


def test_chances_of_runs(tokenizers):
    facts = vocabulary_facts(tokenizers["albert"])
    chances = tables_of(ALBERT, facts).ngram_chances
    np.testing.assert_allclose(chances, [6 / 11, 9 / 11, 1])
    long = dataclasses.replace(ALBERT, favor_shorter_ngram=False)
    chances = tables_of(long, facts).ngram_chances
    np.testing.assert_allclose(chances, [2 / 11, 5 / 11, 1])


@pytest.mark.parametrize("options", [BERT, WORDS, ALBERT])
def test_eighty_ten_ten(make, options):
    made = make(dataclasses.replace(options, dupe_factor=100))
    now, before = made.predictions
    assert len(now) > 100_000
    is_mask, is_same = now == made.facts.mask_id, now == before
    assert abs(is_mask.mean() - 0.8) < 0.005
    assert abs(is_same.mean() - 0.1) < 0.005
    random = now[~is_mask & ~is_same]
    assert abs(np.median(random) / made.facts.vocab_size - 0.5) < 0.02
    share = len(now) / len(made.table.input_ids)
    assert 0.14 < share < 0.155


@pytest.mark.parametrize("allowed", [True, False])
def test_specials_as_random_pieces(make, allowed):
    made = make(
        dataclasses.replace(
            BERT, replace_with_specials=allowed, dupe_factor=200
        )
    )
    now, before = made.predictions
    random = now[(now != made.facts.mask_id) & (now != before)]
    assert len(random) > 10_000
    assert bool(made.facts.is_special[random].any()) is allowed


def original_rows(made):
    """Returns the rows as they were before they were masked."""
    for row, positions, labels in zip(
        made.rows, made.positions, made.labels, strict=True
    ):
        row = list(row)
        for position, label in zip(positions, labels, strict=True):
            row[position] = label
        yield row


def words_of(row, facts, *, across=True):
    """Returns the positions of each word, the originals' way."""
    words = []
    for position, piece in enumerate(row):
        if piece in (facts.cls_id, facts.sep_id):
            continue
        after_special = row[position - 1] in (facts.cls_id, facts.sep_id)
        starts = facts.starts_word[piece] or (after_special and not across)
        if words and not starts:
            words[-1].append(position)
        else:
            words.append([position])
    return words


def words_in_part(made, *, across):
    """Counts words of which a part is predicted."""
    count = 0
    rows = zip(original_rows(made), made.positions, strict=True)
    for row, positions in rows:
        for word in words_of(row, made.facts, across=across):
            count += len(set(word) & set(positions)) not in (0, len(word))
    return count


@pytest.mark.parametrize("options", [WORDS, ALBERT])
def test_words_are_predicted_whole(make, options):
    made = make(options)
    assert words_in_part(made, across=True) == 0
    made = make(dataclasses.replace(options, words_cross_separator=False))
    assert words_in_part(made, across=True) > 0  # those cut by [SEP]
    assert words_in_part(made, across=False) == 0
    made = make(dataclasses.replace(options, do_whole_word_mask=False))
    assert words_in_part(made, across=True) > 1000


@pytest.mark.parametrize("options", [WORDS, ALBERT])
@pytest.mark.parametrize("joint", [False, True])
def test_one_fate_for_a_word(make, options, joint):
    made = make(
        dataclasses.replace(
            options, joint_replacement=joint, replace_with_specials=False
        )
    )
    num_words = num_torn = 0
    for now, row, positions in zip(
        made.rows, original_rows(made), made.positions, strict=True
    ):
        for word in words_of(row, made.facts):
            if word[0] in positions and len(word) > 1:
                masks = {now[i] == made.facts.mask_id for i in word}
                num_torn += len(masks) > 1
                num_words += 1
    assert num_words > 1000
    if joint:
        assert num_torn == 0
    else:
        assert num_torn > num_words / 4  # 1 - 0.8² - 0.2², and more


def test_word_boundaries(make):
    whole = make(ALBERT)
    for boundary, row in zip(
        rows_of(whole.table.token_boundary, whole.table.starts),
        original_rows(whole),
        strict=True,
    ):
        words = {word[0] for word in words_of(row, whole.facts)}
        for position, piece in enumerate(row):
            special = piece in (whole.facts.cls_id, whole.facts.sep_id)
            starts = bool(whole.facts.starts_word[piece])
            assert boundary[position] == (special or starts)
            if starts:
                assert position in words


def test_rate_zero(make):
    none = make(dataclasses.replace(ALBERT, masked_lm_prob=0.0))
    assert not len(none.table.masked_lm_ids)
    assert not none.table.masked_starts.any()
    assert none.table.token_boundary.mean() > 0.5
    one = make(dataclasses.replace(BERT, masked_lm_prob=0.0))
    assert {len(row) for row in one.positions} == {1}
    few = make(dataclasses.replace(BERT, max_predictions_per_seq=0))
    assert {len(row) for row in few.positions} == {0}


def test_pieces_that_change_places(make):
    made = make(dataclasses.replace(ALBERT, do_permutation=True))
    counts = np.array([len(row) for row in made.positions])
    assert 20 < counts.max() <= 40
    for row, before in zip(made.rows, original_rows(made), strict=True):
        # Of what is neither masked nor replaced, all is still there.
        changed = [(a, b) for a, b in zip(row, before, strict=True) if a != b]
        assert len(changed) <= 40


def test_unknown_pieces_inside_words(tokenizers):
    tokenizer = tokenizers["albert"]
    facts = vocabulary_facts(tokenizer)
    unknown, inside = facts.unk_id, facts.unk_inside_word
    # "{}" is two marks, so inside a word; "~" is one, which starts a word.
    ids = marked_ids("a{} b~ c", tokenizer)
    assert ids.count(inside) == ids.count(unknown) == 1
    starts = [facts.starts_word[i] for i in (inside, unknown)]
    assert starts == [0, 1]
    corpus = pack([[ids, ids]] * 10)
    table, _ = create_instances(corpus, ALBERT, facts)
    made = rows_of(table.input_ids, table.starts)
    boundaries = rows_of(table.token_boundary, table.starts)
    found = {
        boundary[i]
        for row, boundary in zip(made, boundaries, strict=True)
        for i, piece in enumerate(row)
        if piece == unknown
    }
    assert found == {0, 1}
    assert unknown in table.masked_lm_ids
    assert inside not in table.input_ids
    assert inside not in table.masked_lm_ids
