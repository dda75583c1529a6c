import concurrent.futures
import dataclasses
import random

import numpy as np
import pytest

from preprocessing.block_options import BlockOptions
from preprocessing.dynamic_masking import (
    DynamicMasker,
    TokenRows,
    record_seed,
)
from preprocessing.instances import (
    InstanceOptions,
    create_instances,
    vocabulary_facts,
)
from tests.preprocessing.pretraining_cases import pack, read_documents
from tests.preprocessing.token_rows import (
    Tokens,
    kinds_of_replacement,
    rows_of_table,
)

BERT = InstanceOptions(
    family="bert",
    max_seq_length=128,
    max_predictions_per_seq=20,
    dupe_factor=4,
    do_whole_word_mask=False,
)
WORDS = dataclasses.replace(BERT, do_whole_word_mask=True)
ALBERT = dataclasses.replace(WORDS, family="albert")
EVERY = pytest.mark.parametrize("options", [BERT, WORDS, ALBERT])


@pytest.fixture(scope="module")
def make(golden_dir, tokenizers):
    path = golden_dir / "pretraining_data" / "corpus_a.txt"
    corpora = {
        family: pack(read_documents([path], tokenizer))
        for family, tokenizer in tokenizers.items()
    }

    def made(options):
        family = options.family
        return Tokens(corpora[family], tokenizers[family], options)

    return made


def check_equal(made, expected):
    for name, one, other in zip(made._fields, made, expected, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)


def words_of(row, facts):
    """Returns the positions of each word of a row of ids."""
    words = []
    for position, piece in enumerate(row):
        if piece in (facts.cls_id, facts.sep_id):
            continue
        if words and not facts.starts_word[piece]:
            words[-1].append(position)
        else:
            words.append([position])
    return words


@EVERY
def test_the_batch_does_not_matter(make, options):
    tokens = make(options)
    expected = tokens.mask(epoch=3)
    shuffled = np.random.default_rng(1).permutation(len(tokens))
    for batch in (*np.array_split(shuffled, 7), [5], np.array([], int)):
        rows = tokens.rows._replace(
            starts=tokens.rows.starts[batch], lengths=tokens.lengths[batch]
        )
        made = tokens.masker.mask(rows, np.array(batch), seed=1, epoch=3)
        check_equal(made, [values[batch] for values in expected])


@EVERY
def test_padding_does_not_matter(make, options):
    tokens = make(options)
    columns = np.arange(tokens.masker.seq_length)
    boundary = None
    if tokens.rows.token_boundary is not None:
        boundary = np.zeros((len(tokens), len(columns)), np.int64)
        boundary[columns < tokens.lengths[:, None]] = tokens.rows.token_boundary
    rows = TokenRows.of_padded(
        tokens.padded().astype(np.int64),
        tokens.lengths,
        token_boundary=boundary,
    )
    made = tokens.masker.mask(rows, np.arange(len(tokens)), seed=1, epoch=0)
    check_equal(made, tokens.mask())


def test_threads_do_not_matter(make):
    tokens = make(WORDS)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        epochs = [0, 1] * 8
        made = pool.map(lambda epoch: tokens.mask(epoch=epoch), epochs)
        expected = [tokens.mask(epoch=epoch) for epoch in (0, 1)]
        for epoch, one in zip(epochs, made, strict=True):
            check_equal(one, expected[epoch])


@EVERY
def test_epochs_seeds_and_records_differ(make, options):
    tokens = make(options)
    first = tokens.mask().masked_lm_positions
    others = [tokens.mask(epoch=1), tokens.mask(seed=2)]
    moved = np.arange(len(tokens)) + 1
    others.append(tokens.masker.mask(tokens.rows, moved, seed=1, epoch=0))
    for other in others:
        same = (other.masked_lm_positions == first).all(axis=1)
        assert same.mean() < 0.02  # rows of a few pieces can be


def test_a_batch_of_two_epochs(make):
    tokens = make(BERT)
    epochs = np.arange(len(tokens)) % 2
    mixed = tokens.mask(epoch=epochs)
    for epoch in (0, 1):
        whole = tokens.mask(epoch=epoch)
        rows = epochs == epoch
        check_equal(
            type(mixed)(*(values[rows] for values in mixed)),
            [values[rows] for values in whole],
        )


def reference_masks(row, options, facts, *, seed):
    """BERT's masks in plain Python: ids, {position: label}."""
    rng = random.Random(seed)
    words = words_of(row, facts)
    if not options.do_whole_word_mask:
        words = [[position] for word in words for position in word]
    rng.shuffle(words)
    budget = min(
        options.max_predictions_per_seq,
        max(1, round(len(row) * options.masked_lm_prob)),
    )
    labels, now = {}, list(row)
    for word in words:
        if len(labels) >= budget:
            break
        if len(labels) + len(word) > budget:
            continue
        for position in word:
            labels[position] = row[position]
            if rng.random() < 0.8:
                now[position] = facts.mask_id
            elif rng.random() >= 0.5:
                drawn = rng.randint(0, len(facts.drawn_ids) - 1)
                now[position] = int(facts.drawn_ids[drawn])
    return now, labels


@pytest.mark.parametrize("options", [BERT, WORDS])
def test_plain_python_draws_the_same(make, options):
    tokens = make(options)
    made = tokens.mask(seed=-7, epoch=2)
    for i, row in enumerate(tokens.padded().tolist()):
        now, labels = reference_masks(
            row[: tokens.lengths[i]],
            options,
            tokens.facts,
            seed=record_seed(-7, 2, i),
        )
        assert made.input_ids[i, : len(now)].tolist() == now
        count = len(labels)
        positions = made.masked_lm_positions[i].tolist()
        assert positions[:count] == sorted(labels)
        assert not any(positions[count:])
        assert made.masked_lm_ids[i, :count].tolist() == [
            labels[position] for position in sorted(labels)
        ]
        assert not made.masked_lm_ids[i, count:].any()
        weights = made.masked_lm_weights[i].tolist()
        assert weights == [1.0] * count + [0.0] * (len(weights) - count)


@pytest.mark.parametrize(
    "options",
    [BERT, WORDS, ALBERT, dataclasses.replace(ALBERT, do_permutation=True)],
)
def test_labels_are_the_tokens(make, options):
    tokens = make(options)
    before = tokens.padded()
    made = tokens.mask()
    is_predicted = made.masked_lm_weights > 0
    stood = np.take_along_axis(before, made.masked_lm_positions, axis=1)
    np.testing.assert_array_equal(
        made.masked_lm_ids, np.where(is_predicted, stood, 0)
    )
    specials = (tokens.facts.cls_id, tokens.facts.sep_id)
    assert not np.isin(made.masked_lm_ids[is_predicted], specials).any()
    last = np.where(is_predicted, made.masked_lm_positions, 0).max(axis=1)
    assert (last < tokens.lengths).all()
    # What is not predicted stands where it stood: padding, too.
    restored = made.input_ids.copy()
    rows, _ = np.nonzero(is_predicted)
    places = made.masked_lm_positions[is_predicted]
    restored[rows, places] = made.masked_lm_ids[is_predicted]
    np.testing.assert_array_equal(restored, before)
    assert [values.dtype for values in made] == ["int32"] * 3 + ["float32"]
    size = 40 if options.do_permutation else 20
    assert made.masked_lm_ids.shape[1] == size
    assert is_predicted.sum(axis=1).max() > size - 3


def check_shares(tokens, *, num_epochs):
    epochs = [tokens.mask(epoch=epoch) for epoch in range(num_epochs)]
    made = type(epochs[0])(*map(np.concatenate, zip(*epochs, strict=True)))
    count = made.masked_lm_weights.sum()
    assert count > 80_000
    share = count / (tokens.lengths.sum() * num_epochs)
    assert abs(share - 0.15) < 0.005
    kinds = kinds_of_replacement(made, tokens.facts)
    np.testing.assert_allclose(kinds, [0.8, 0.1, 0.1], atol=0.005)


@EVERY
def test_shares_on_the_bundled_text(make, options):
    tokens = make(dataclasses.replace(options, dupe_factor=20))
    check_shares(tokens, num_epochs=5)


@pytest.mark.shared
@EVERY
def test_shares_on_real_text(shared_dir, tokenizers, options):
    path = shared_dir / "data" / "corpus" / "pubmed-docs" / "pubmed_docs.txt"
    with path.open(encoding="utf-8") as file:
        text = [line.strip() for _, line in zip(range(20_000), file)]  # noqa: B905
    tokenizer = tokenizers[options.family]
    documents = [[]]
    for line in text:
        ids = tokenizer.encode(line)
        documents[-1:] = [[*documents[-1], ids]] if ids else [documents[-1], []]
    corpus = pack([document for document in documents if document])
    check_shares(Tokens(corpus, tokenizer, options), num_epochs=1)


@pytest.mark.parametrize("options", [WORDS, ALBERT])
def test_words_are_predicted_whole(make, options):
    tokens = make(options)
    made = tokens.mask()
    num_predicted = 0
    for i, row in enumerate(tokens.padded().tolist()):
        count = int(made.masked_lm_weights[i].sum())
        predicted = set(made.masked_lm_positions[i, :count].tolist())
        for word in words_of(row[: tokens.lengths[i]], tokens.facts):
            assert len(predicted & set(word)) in (0, len(word))
            num_predicted += len(word) > 1 and word[0] in predicted
    assert num_predicted > 500


@EVERY
def test_as_the_masks_of_the_writer(make, options):
    options = dataclasses.replace(options, dupe_factor=40)
    tokens = make(options)
    table, _ = create_instances(tokens.corpus, options, tokens.facts)
    counts = np.diff(table.masked_starts)
    rows = np.repeat(np.arange(len(table)), counts)
    # The same rows, without the writer's masks.
    before = table.input_ids.copy()
    before[table.starts[rows] + table.masked_lm_positions] = table.masked_lm_ids
    given = rows_of_table(table)._replace(input_ids=before)
    made = tokens.masker.mask(given, np.arange(len(table)), seed=1, epoch=0)
    is_predicted = made.masked_lm_weights > 0
    if options.do_whole_word_mask:
        mean = is_predicted.sum(axis=1).mean()
        assert abs(mean / counts.mean() - 1) < 0.005
    else:
        np.testing.assert_array_equal(is_predicted.sum(axis=1), counts)
    # Where: thirds of the row; how many in a row; what: pieces that go on.
    both = [
        (table.masked_lm_positions / given.lengths[rows], rows),
        (
            (made.masked_lm_positions / given.lengths[:, None])[is_predicted],
            np.nonzero(is_predicted)[0],
        ),
    ]
    labels = [table.masked_lm_ids, made.masked_lm_ids[is_predicted]]
    positions = [
        table.masked_lm_positions.astype(int),
        made.masked_lm_positions[is_predicted],
    ]
    found = []
    for (place, row), label, position in zip(
        both, labels, positions, strict=True
    ):
        sizes = runs(position + row * 1000)
        found.append(
            [
                *np.histogram(place, 3, (0, 1))[0] / len(place),
                *np.bincount(sizes, minlength=9)[1:9] / len(sizes),
                tokens.facts.starts_word[label].mean(),
            ]
        )
    np.testing.assert_allclose(*found, atol=0.01)


def test_runs_of_words_follow_one_over_n(tokenizers):
    facts = vocabulary_facts(tokenizers["albert"])
    # Words of one piece, and so many that hardly two runs meet.
    options = dataclasses.replace(
        ALBERT, max_seq_length=16_000, max_predictions_per_seq=200
    )
    words = np.flatnonzero(facts.starts_word[:-1])
    words = words[~np.isin(words, [facts.cls_id, facts.sep_id])]
    ids = np.random.default_rng(1).choice(words, (200, 16_000))
    rows = TokenRows.of_padded(ids, np.full(200, 16_000))
    masker = DynamicMasker(options, facts)
    made = masker.mask(rows, np.arange(200), seed=1, epoch=0)
    assert made.masked_lm_weights.all()
    sizes = np.concatenate([runs(p) for p in made.masked_lm_positions])
    counts = np.bincount(sizes)[1:4] / len(sizes)
    # 1, 1/2 and 1/3, each divided by their sum
    np.testing.assert_allclose(counts, [6 / 11, 3 / 11, 2 / 11], atol=0.012)


def runs(positions):
    """Returns the lengths of runs of neighbours in ascending positions."""
    starts = np.flatnonzero(np.diff(positions, prepend=-9) > 1)
    return np.diff([*starts, len(positions)])


@pytest.mark.parametrize(
    ("change", "num_torn", "has_specials"),
    [
        ({}, 1000, True),
        ({"replace_with_specials": False}, 1000, False),
        # A random [MASK] would tear a word, too.
        ({"joint_replacement": True, "replace_with_specials": False}, 0, False),
    ],
)
def test_other_options(make, change, num_torn, has_specials):
    tokens = make(dataclasses.replace(WORDS, dupe_factor=100, **change))
    made = tokens.mask()
    facts, before = tokens.facts, tokens.padded()
    replaced = made.input_ids[made.input_ids != before]
    replaced = replaced[replaced != facts.mask_id]
    assert bool(facts.is_special[replaced].any()) is has_specials
    torn = 0
    masks = (made.input_ids == facts.mask_id).tolist()
    for row, is_mask, length in zip(
        before.tolist(), masks, tokens.lengths, strict=True
    ):
        for word in words_of(row[:length], facts):
            torn += len({is_mask[position] for position in word}) > 1
    assert (torn > num_torn) if num_torn else torn == 0


def test_unknown_pieces_inside_words(tokenizers):
    tokenizer = tokenizers["albert"]
    facts = vocabulary_facts(tokenizer)
    start, end = (
        np.flatnonzero(facts.starts_word[:-1] == starts)[-1]
        for starts in (1, 0)
    )
    unknown = facts.unk_id
    assert facts.starts_word[unknown]
    row = [facts.cls_id, *[start, unknown, end] * 30, facts.sep_id]
    ids = np.array([row] * 50)
    boundary = np.array([[1, *[1, 0, 0] * 30, 1]] * 50)
    masker = DynamicMasker(ALBERT, facts)
    found = []
    for given in (boundary, None):
        rows = TokenRows.of_padded(
            ids, np.full(50, len(row)), token_boundary=given
        )
        made = masker.mask(rows, np.arange(50), seed=1, epoch=0)
        assert (made.input_ids < facts.vocab_size).all()
        assert unknown in made.masked_lm_ids
        predicted = np.zeros((50, len(row)), bool)
        np.put_along_axis(predicted, made.masked_lm_positions, True, axis=1)
        words = predicted[:, 1:-1].reshape(-1, 3)
        found.append((words.any(axis=1) != words.all(axis=1)).any())
    assert found == [False, True]  # torn only where nobody knows


def test_the_masks_of_blocks(tokenizers):
    facts = vocabulary_facts(tokenizers["bert"])
    options = BlockOptions(dupe_factor=1)
    masker = DynamicMasker(
        dataclasses.replace(options, draw_masks=False), facts
    )
    ids = np.random.default_rng(1).integers(5, facts.vocab_size, (2000, 512))
    ids[:, 0], ids[:, -1] = facts.cls_id, facts.sep_id
    rows = TokenRows.of_padded(ids, np.full(2000, 512))
    made = masker.mask(rows, np.arange(2000), seed=1, epoch=0)
    assert made.masked_lm_ids.shape == (2000, 510)
    counts = made.masked_lm_weights.sum(axis=1)
    assert abs(counts.mean() / 510 - 0.15) < 0.005
    # Binomial: no cap, and no less spread.
    assert abs(counts.std() - (510 * 0.15 * 0.85) ** 0.5) < 0.5
    kinds = kinds_of_replacement(made, facts)
    np.testing.assert_allclose(kinds, [0.8, 0.1, 0.1], atol=0.005)


def test_shorter_batches(make):
    tokens = make(dataclasses.replace(BERT, max_seq_length=64))
    longest = tokens.mask()
    rows = np.flatnonzero(tokens.lengths <= 60)
    short = tokens.rows._replace(
        starts=tokens.rows.starts[rows], lengths=tokens.lengths[rows]
    )
    made = tokens.masker.mask(short, rows, seed=1, epoch=0, seq_length=60)
    np.testing.assert_array_equal(made.input_ids, longest.input_ids[rows, :60])
    for width, match in ((65, "up to 64"), (50, "lengths of 0 to 50")):
        with pytest.raises(ValueError, match=match):
            tokens.mask(seq_length=width)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"starts": np.array([0])}, "a length for each row"),
        ({"starts": np.array([0, 9])}, "inside the ids"),
        ({"starts": np.array([0, -1])}, "inside the ids"),
        ({"lengths": np.array([3, -1])}, "lengths of 0"),
        ({"input_ids": np.arange(-1, 9)}, "ids below"),
        ({"input_ids": np.full(10, 1 << 20)}, "ids below"),
        ({"token_boundary": np.ones(9)}, "boundary"),
    ],
)
def test_rows_that_cannot_be(tokenizers, change, match):
    facts = vocabulary_facts(tokenizers["bert"])
    rows = TokenRows(np.arange(10), np.array([0, 5]), np.array([5, 5]))
    masker = DynamicMasker(BERT, facts)
    masker.mask(rows, np.arange(2), seed=1, epoch=0)
    with pytest.raises(ValueError, match=match):
        masker.mask(rows._replace(**change), np.arange(2), seed=1, epoch=0)


def test_more_predictions_than_a_block_has(tokenizers):
    facts = vocabulary_facts(tokenizers["bert"])
    options = BlockOptions(dupe_factor=1, block_size=4, masked_lm_prob=1.0)
    masker = DynamicMasker(options, facts)
    rows = TokenRows.of_padded(np.full((1, 4), 9), np.array([4]))
    with pytest.raises(ValueError, match="no block"):
        masker.mask(rows, np.arange(1), seed=1, epoch=0)
