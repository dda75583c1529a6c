import dataclasses
import itertools
import os
import random

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing.instances import (
    InstanceMaker,
    InstanceOptions,
    create_instances,
    vocabulary_facts,
)
from tests.preprocessing.pretraining_cases import (
    Case,
    pack,
    padded_features,
    read_documents,
    rows_of,
)

WHOLE = (
    "albert_default",
    "albert_odd_lines",
    "bert_odd_lines",
    "bert_one_document",
)
SLICES = (
    "albert_long_ngram",
    "albert_nsp_permutation",
    "albert_wordpiece",
    "bert_cased_two_files",
    "bert_whole_word",
)
OTHERS = ("albert_512", "bert_512", "bert_plain")
MASK_COLUMNS = ("masked_lm_positions", "masked_lm_ids", "masked_starts")


def check_case(case):
    corpus = pack(read_documents(case.paths, case.tokenizer))
    facts = vocabulary_facts(case.tokenizer)
    table, order = create_instances(corpus, case.options, facts)
    assert len(table) == len(order) == case.num_instances
    features = padded_features(table, order, case.options)
    assert features.keys() == case.records.keys()
    for name, recorded in case.records.items():
        made = features[name][: len(recorded)]
        np.testing.assert_array_equal(made, recorded, err_msg=name)


@pytest.mark.parametrize("name", [*WHOLE, *SLICES])
def test_records_of_the_originals(golden_dir, name):
    texts = [golden_dir / "pretraining_data", golden_dir / "pretraining_slices"]
    check_case(
        Case(
            texts[name in SLICES],
            name,
            vocabularies=golden_dir / "tokenization",
            texts=texts,
        )
    )


@pytest.mark.shared
@pytest.mark.parametrize("name", [*WHOLE, *SLICES, *OTHERS])
def test_all_records_of_the_originals(shared_dir, name):
    folder = shared_dir / "golden" / "pretraining_data"
    case = Case(folder, name, vocabularies=folder, texts=[folder])
    assert len(case.records["input_ids"]) == case.num_instances
    check_case(case)


@pytest.mark.shared
def test_no_recorded_case_is_left_out(shared_dir):
    folder = shared_dir / "golden" / "pretraining_data"
    names = sorted(path.stem for path in folder.glob("*.json"))
    assert names == sorted([*WHOLE, *SLICES, *OTHERS])


@pytest.fixture(params=["bert", "albert"])
def family(request):
    return request.param


@pytest.fixture
def facts(tokenizers, family):
    return vocabulary_facts(tokenizers[family])


@pytest.fixture
def corpus(golden_dir, tokenizers, family):
    path = golden_dir / "pretraining_slices" / "corpus_b.txt"
    return pack(read_documents([path], tokenizers[family]))


def options_for(family, /, **changes):
    options = InstanceOptions(
        family=family,
        max_seq_length=64,
        max_predictions_per_seq=10,
        dupe_factor=3,
        do_whole_word_mask=family == "albert",
    )
    return dataclasses.replace(options, **changes)


def restored(table):
    """Returns the instances as they were before they were masked."""
    ids = table.input_ids.copy()
    counts = np.diff(table.masked_starts)
    starts = np.repeat(table.starts[:-1], counts)
    ids[starts + table.masked_lm_positions] = table.masked_lm_ids
    return rows_of(ids, table.starts)


def parts(row, segment_b):
    return row[1 : segment_b - 1], row[segment_b:-1]


def check_instances(table, corpus, facts, options):
    """What is true of all instances: two stretches of the corpus each."""
    text = f" {' '.join(map(str, corpus.pieces.tolist()))} "
    specials = [facts.cls_id, facts.sep_id, facts.sep_id]
    assert max(np.diff(table.starts), default=0) <= options.max_seq_length
    for row, segment_b in zip(restored(table), table.segment_b, strict=True):
        assert [row[0], row[segment_b - 1], row[-1]] == specials
        for part in parts(row, segment_b):
            assert part
            assert f" {' '.join(map(str, part))} " in text
    masked = rows_of(table.masked_lm_positions, table.masked_starts)
    assert all(sorted(set(row)) == row for row in masked)
    most = options.max_predictions_per_seq * (1 + options.do_permutation)
    assert max(map(len, masked), default=0) <= most
    if not options.do_whole_word_mask:  # a word may be longer than allowed
        assert min(map(len, masked), default=1) >= 1


@pytest.mark.parametrize("seed", [0, 2**32 + 5, 2**64 - 1, -7])
def test_an_instance_is_two_stretches_of_text(family, corpus, facts, seed):
    options = options_for(family, random_seed=seed)
    table, order = create_instances(corpus, options, facts)
    check_instances(table, corpus, facts, options)
    assert sorted(order) == list(range(len(table)))
    assert not np.array_equal(order, np.sort(order))


def test_half_of_the_pairs_are_not_as_they_were(family, corpus, facts):
    # Long chunks: of several sentences, since single ones have label 1.
    options = options_for(
        family, max_seq_length=256, dupe_factor=80, short_seq_prob=0.0
    )
    table, _ = create_instances(corpus, options, facts)
    assert len(table) > 2000
    assert 0.45 < table.next_sentence_labels.mean() < 0.65


def odd_documents():
    rng = random.Random(1)

    def sentence(size):
        return [rng.randrange(20, 2000) for _ in range(size)]

    few = [[sentence(rng.randrange(1, 9)) for _ in range(5)] for _ in range(4)]
    return {
        "one document": [few[0]],
        "one sentence": [[sentence(9)]],
        "one piece": [[sentence(1)]],
        "one sentence a document": [[sentence(n)] for n in range(1, 40)],
        "very long sentences": [[sentence(300)] * 3, [sentence(2000)]],
        "long and short": [*few, [sentence(1000)], [sentence(1)] * 40],
        "no documents": [],
    }


@pytest.mark.parametrize("name", odd_documents())
@pytest.mark.parametrize(
    ("family", "change"),
    [
        ("bert", {}),
        ("bert", {"do_whole_word_mask": True}),
        ("albert", {}),
        ("albert", {"random_next_sentence": True, "do_permutation": True}),
    ],
)
def test_odd_corpora(tokenizers, name, family, change):
    documents = odd_documents()[name]
    corpus = pack(documents)
    facts = vocabulary_facts(tokenizers[family])
    options = options_for(family, **change)
    table, order = create_instances(corpus, options, facts)
    check_instances(table, corpus, facts, options)
    num_documents = len(documents)
    assert len(order) == len(table) >= num_documents * options.dupe_factor
    if name.startswith("one") and name != "one document":
        assert len(table) == num_documents * options.dupe_factor
        assert table.next_sentence_labels.all()


def test_the_shortest_instances(family, corpus, facts):
    options = options_for(family, max_seq_length=5, short_seq_prob=1.0)
    table, _ = create_instances(corpus, options, facts)
    check_instances(table, corpus, facts, options)
    assert (np.diff(table.starts) == 5).all()


def same(one, other):
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in dataclasses.fields(one)
    )


def test_more_pieces_than_16_bits_can_name(family, corpus, facts):
    options = options_for(family)
    narrow, order = create_instances(corpus, options, facts)
    corpus.pieces = corpus.pieces.astype(np.int32)
    wide, same_order = create_instances(corpus, options, facts)
    assert same(narrow, wide)
    assert np.array_equal(order, same_order)
    assert narrow.input_ids.dtype == narrow.masked_lm_ids.dtype == np.uint16
    assert wide.input_ids.dtype == wide.masked_lm_ids.dtype == np.int32


def test_a_corpus_on_disk(tmp_path, family, corpus, facts):
    options = options_for(family)
    in_memory, order = create_instances(corpus, options, facts)
    corpus.pieces.tofile(tmp_path / "pieces")
    corpus.pieces = np.memmap(tmp_path / "pieces", np.uint16, mode="r")
    on_disk, same_order = create_instances(corpus, options, facts)
    assert same(in_memory, on_disk)
    assert np.array_equal(order, same_order)


@pytest.mark.parametrize("budget", [0, 200_000])
def test_instances_spill_to_disk(tmp_path, family, corpus, facts, budget):
    options = options_for(family, dupe_factor=30)
    in_memory, order = create_instances(corpus, options, facts)
    spilled, same_order = create_instances(
        corpus,
        options,
        facts,
        memory_budget=budget,
        spill_folder=str(tmp_path),
    )
    assert same(in_memory, spilled)
    assert np.array_equal(order, same_order)
    assert isinstance(spilled.input_ids, np.memmap)
    assert isinstance(spilled.masked_lm_ids, np.memmap)
    assert not isinstance(in_memory.input_ids, np.memmap)
    assert os.listdir(tmp_path) == []


def test_no_place_to_spill_to(tmp_path, family, corpus, facts):
    with pytest.raises(InputError, match="cannot write"):
        create_instances(
            corpus,
            options_for(family),
            facts,
            memory_budget=0,
            spill_folder=str(tmp_path / "missing"),
        )
    with pytest.raises(ValueError, match="spill_folder"):
        create_instances(corpus, options_for(family), facts, memory_budget=0)


def test_the_report_counts_documents(family, corpus, facts):
    options = options_for(family, dupe_factor=40)
    reports = []
    create_instances(corpus, options, facts, report=reports.append)
    assert len(reports) > 1
    assert min(reports) > 0
    assert sum(reports) == 40 * (len(corpus.document_starts) - 1)


def test_step_by_step_is_the_same(family, corpus, facts):
    options = options_for(family, dupe_factor=40)
    whole, order = create_instances(corpus, options, facts)
    maker = InstanceMaker(corpus, options, facts)
    steps = sum(1 for _ in itertools.takewhile(bool, iter(maker.step, None)))
    assert steps >= 1
    table, same_order = maker.finish()
    assert same(whole, table)
    assert np.array_equal(order, same_order)


def test_without_masks(family, corpus, facts):
    options = options_for(family, draw_masks=False)
    table, order = create_instances(corpus, options, facts)
    assert all(getattr(table, name) is None for name in MASK_COLUMNS)
    assert len(order) == len(table) > 100
    assert facts.mask_id not in table.input_ids


def test_lone_sentences_in_sentence_order(tokenizers):
    facts = vocabulary_facts(tokenizers["albert"])
    words = tokenizers["albert"].encode("some words in a row")
    documents = [[words]] * 5 + [[words] * 3] * 5
    for pair_single_segments, num_instances in ((True, 30), (False, 15)):
        options = options_for(
            "albert",
            pair_single_segments=pair_single_segments,
            short_seq_prob=0.0,
        )
        table, _ = create_instances(pack(documents), options, facts)
        assert len(table) == num_instances
    # Switched off where it means nothing, it changes nothing.
    random_next = options_for("albert", random_next_sentence=True)
    off = dataclasses.replace(random_next, pair_single_segments=False)
    tables = [
        create_instances(pack(documents), options, facts)[0]
        for options in (random_next, off)
    ]
    assert same(*tables)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "gpt"}, "bert or albert"),
        ({"max_seq_length": 4}, "max_seq_length"),
        ({"max_seq_length": 16_001}, "max_seq_length"),
        ({"max_predictions_per_seq": -1}, "max_predictions_per_seq"),
        ({"masked_lm_prob": 1.5}, "masked_lm_prob"),
        ({"short_seq_prob": -0.1}, "short_seq_prob"),
        ({"dupe_factor": 0}, "dupe_factor"),
        ({"ngram": 0}, "ngram"),
    ],
)
def test_options_that_cannot_be(change, message):
    with pytest.raises(InputError, match=message):
        options_for("bert", **change)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("pieces", np.array([20, 2001], np.uint16), "2001"),
        ("pieces", np.array([20, -1], np.int32), "-1"),
        ("pieces", np.array([20, 21]), "int64"),
        ("sentence_starts", np.array([0, 3]), "sentence_starts"),
        ("sentence_starts", np.array([0, 0, 2]), "sentence_starts"),
        ("document_starts", np.array([0, 2]), "document_starts"),
        ("document_starts", np.array([], np.int64), "document_starts"),
    ],
)
def test_a_corpus_that_cannot_be(tokenizers, name, values, message):
    facts = vocabulary_facts(tokenizers["albert"])
    assert facts.vocab_size == 2000
    corpus = pack([[[20, 21]]])
    setattr(corpus, name, values)
    with pytest.raises(ValueError, match=message):
        create_instances(corpus, options_for("albert"), facts)
