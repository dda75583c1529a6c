import itertools
import json
import random

import numpy as np
import pytest

from preprocessing import corpus_files, corpus_statistics, near_duplicates
from preprocessing.corpus_files import FilePart
from preprocessing.corpus_units import units
from preprocessing.doctor import (
    Finding,
    PairRules,
    check_corpus,
    diagnose,
    has_errors,
    new_collector,
    report,
)
from preprocessing.documents import line_encoder, read_corpus
from preprocessing.expected_balance import expected_balance
from preprocessing.near_duplicates import DistinctLines, DocumentSignatures
from preprocessing.tokenization import load_sentencepiece, load_wordpiece

RULES = PairRules(max_seq_length=128, short_seq_prob=0.1, random_next=True)
# The warning or error that each fixture is there for, its place, and a part
# of what it says.
MALFORMED = {
    "blank_line_after_every_sentence": (
        "blank_line_after_every_sentence",
        "all files",
        "all 141 documents have one sentence",
    ),
    "capitals": ("casing", "all files", "100% of the letters are capitals"),
    "copied_forward_notes": (
        "near_duplicates",
        "{path}:12",
        "75.0% of the 20 documents that were compared are nearly an earlier "
        "one; this one is nearly that at {path}:1",
    ),
    "latin_1": ("invalid_utf8", "{path}:16", "2 lines are not UTF-8"),
    "no_blank_lines": (
        "no_blank_lines",
        "all files",
        "no blank line between 141 sentences",
    ),
    "no_text": ("no_instances", "{path}", "no line has a piece of text"),
    "old_mac_line_ends": (
        "lone_carriage_returns",
        "{path}",
        "42 carriage returns without a line end",
    ),
    "one_note_per_line": (
        "long_lines",
        "all files",
        "8 of 8 lines have more than 125 pieces, what an instance holds: 77%",
    ),
    "other_script": (
        "unknown_pieces",
        "{path}",
        "86.36% of the pieces are unknown",
    ),
    "repeated_headers": ("repeated_lines", "all files", "28.4% of the"),
    "utf_16": ("invalid_utf8", "{path}:1", "1 lines are not UTF-8"),
}
ERRORS = {"latin_1", "no_text", "utf_16"}


@pytest.fixture(scope="module")
def encoders(golden_dir):
    folder = golden_dir / "tokenization"
    loaded = {
        (name, lower_case): load_wordpiece(
            str(folder / f"vocab_{name}_2k.txt"), lower_case=lower_case
        )
        for name, lower_case in itertools.product(
            ("uncased", "cased"), (True, False)
        )
    }
    for lower_case in (True, False):
        loaded["albert", lower_case] = load_sentencepiece(
            str(folder / "spm_2k.model"), lower_case=lower_case
        )
    return {key: line_encoder(loaded[key]) for key in loaded}


@pytest.fixture(scope="module")
def bert(encoders):
    return encoders["uncased", True]


@pytest.fixture(scope="module")
def folder(fixtures_dir):
    return fixtures_dir / "malformed_corpora"


def check(paths, encoder, rules=RULES, **options):
    parts = [FilePart(str(path)) for path in paths]
    return check_corpus(parts, encoder, rules=rules, **options)


def serious(findings):
    return {x.name: x for x in findings if x.severity != "note"}


def write(folder, *texts):
    paths = []
    for i, text in enumerate(texts):
        path = folder / f"text_{i}.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return paths


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_each_malformed_corpus_has_its_diagnosis(encoders, folder, name):
    path = folder / f"{name}.txt"
    casing = ("cased", False) if name == "capitals" else ("uncased", True)
    findings = check([path], encoders[casing])
    wanted, where, what = MALFORMED[name]
    finding = serious(findings)[wanted]
    assert finding.where == where.format(path=path)
    assert what.format(path=path) in finding.what
    assert finding.next_step
    assert has_errors(findings) == (name in ERRORS)
    assert finding.severity == ("error" if name in ERRORS else "warning")
    assert findings[0].severity != "note"  # the worst come first


def test_every_fixture_is_tested(folder):
    names = {path.stem for path in folder.glob("*.txt")}
    assert names == {*MALFORMED, "good"}


@pytest.mark.parametrize("name", ["uncased", "cased", "albert"])
def test_a_good_corpus_has_notes_only(encoders, folder, name):
    rules = PairRules(random_next=name != "albert")
    encoder = encoders[name, name == "uncased"]
    findings = check([folder / "good.txt"], encoder, rules)
    assert serious(findings) == {}
    names = [finding.name for finding in findings]
    assert names == [
        "files",
        "documents",
        "balance",
        "repeated_lines",
        "near_duplicates",
        "unknown_pieces",
    ]
    text = "\n".join(finding.what for finding in findings)
    assert "1 files, 10,479 bytes, 160 lines" in text
    assert "20 documents, 141 sentences" in text
    assert "7.0 on average, 9 at most; 0.0% of documents have one" in text


def test_the_report(folder, bert):
    findings = [
        Finding("note", "a", "two files", "all files"),
        Finding("error", "b", "3 lines are not UTF-8", "x.txt:4", "convert"),
    ]
    assert report(findings) == (
        "error: 3 lines are not UTF-8 [x.txt:4]. Next: convert\n"
        "note: two files [all files]\n"
        "errors: 1, warnings: 0"
    )
    lines = report(check([folder / "capitals.txt"], bert)).split("\n")
    assert lines[-1] == "errors: 0, warnings: 0"  # an uncased vocabulary


def test_no_text_is_shown(encoders, folder):
    for path in sorted(folder.glob("*.txt")):
        text = report(check([path], encoders["cased", False])).lower()
        content = path.read_bytes().decode(errors="ignore").lower()
        for word in ("patient", "aspirin", "thyroid", "ibuprofen", "ασθενής"):
            if word in content:
                assert word not in text
        for line in filter(None, map(str.strip, content.split("\n"))):
            assert line not in text


def test_invalid_lines_of_every_file(tmp_path, bert, monkeypatch):
    monkeypatch.setattr(corpus_files, "_BLOCK_BYTES", 16)
    paths = write(
        tmp_path, "fine\n\n", b"a\n" * 50 + b"\xff\nb\xfe\n", b"\xe9t\xe9"
    )
    findings = check(paths, bert)
    found = [x for x in findings if x.name == "invalid_utf8"]
    assert [x.where for x in found] == [f"{paths[1]}:51", f"{paths[2]}:1"]
    assert [x.what.split()[0] for x in found] == ["2", "1"]


def test_files_that_add_nothing_or_too_much(tmp_path, bert):
    paths = write(tmp_path, "a b\nc d\n\ne f\ng h\n\n", "", " \n\x07\n")
    findings = serious(check([*paths, paths[0]], bert))
    assert findings["empty_files"].what.startswith("2 of 4 files")
    assert findings["empty_files"].where == str(paths[1])
    assert findings["file_named_twice"].where == str(paths[0])
    for nothing in ([], paths[1:2]):
        assert serious(check(nothing, bert)).keys() == {"no_instances"}


def test_a_unit_is_no_file_named_twice(folder, bert):
    cuts = list(units([str(folder / "good.txt")], 0.002))
    assert len(cuts) > 3
    parts = [part for unit in cuts for part in unit.parts]
    assert serious(check_corpus(parts, bert, rules=RULES)) == {}


def test_one_document(tmp_path, bert):
    for text in ("a b c .\n", "a b c .\nd e .\n\n"):
        findings = serious(check(write(tmp_path, text), bert))
        assert "one_document" in findings
        assert "no_blank_lines" not in findings


def test_some_one_sentence_documents(tmp_path, bert):
    text = "a b c .\n\n" * 3 + "a b .\nd e .\n\n" * 7
    found = serious(check(write(tmp_path, text), bert))
    assert found["one_sentence_documents"].what.startswith("30% of documents")


def test_nul_bytes_and_lost_characters(tmp_path, bert):
    paths = write(tmp_path, "a\n\nb", "a\0b\0\n\n\ufffd d")
    findings = serious(check(paths, bert))
    assert findings["nul_bytes"].what.startswith("2 bytes")
    assert findings["nul_bytes"].where == str(paths[1])
    assert findings["replacement_characters"].what.startswith("1 characters")


@pytest.mark.parametrize(
    ("vocabulary", "lower_case", "change", "part"),
    [
        ("uncased", True, str, None),
        ("uncased", True, str.upper, None),
        ("cased", False, str, None),
        ("cased", True, str, "the text is lower-cased"),
        ("uncased", False, str, "which the vocabulary has not"),
        ("uncased", False, str.lower, None),
        ("cased", False, str.lower, "and the text has none"),
        ("cased", False, str.upper, "100% of the letters are capitals"),
        ("albert", False, str, None),
        ("albert", True, str, "the text is lower-cased"),
    ],
)
def test_casing(
    tmp_path, folder, encoders, vocabulary, lower_case, change, part
):
    text = change((folder / "good.txt").read_text())
    encoder = encoders[vocabulary, lower_case]
    findings = serious(check(write(tmp_path, text), encoder))
    assert ("casing" in findings) == (part is not None)
    if part is not None:
        assert part in findings["casing"].what


@pytest.mark.parametrize("block_bytes", [64, 1000, 1 << 20])
def test_blocks_and_watching_change_nothing(
    folder, bert, monkeypatch, block_bytes
):
    paths = [folder / "copied_forward_notes.txt", folder / "good.txt"]
    expected = check(paths, bert)
    monkeypatch.setattr(corpus_files, "_BLOCK_BYTES", block_bytes)
    # What only a sample of each block is looked at for.
    monkeypatch.setattr(corpus_statistics, "_SAMPLE_BYTES", 1 << 20)
    assert check(paths, bert) == expected
    collector = new_collector(
        bert.tokenizer, rules=RULES, break_at_end_of_file=False
    )
    parts = [FilePart(str(path)) for path in paths]
    corpus = read_corpus(parts, bert, watch=collector.see)
    statistics = collector.finish()
    assert diagnose(statistics, bert.tokenizer, rules=RULES) == expected
    assert statistics.num_documents == corpus.num_documents
    assert statistics.num_sentences == corpus.num_sentences
    assert statistics.num_pieces == corpus.num_pieces
    sizes = np.diff(corpus.document_starts)
    assert statistics.longest_document == sizes.max()
    assert sum(statistics.histogram) == len(sizes)
    assert statistics.histogram[2:5] == (
        (sizes <= 4).sum() - (sizes <= 2).sum(),
        (sizes <= 8).sum() - (sizes <= 4).sum(),
        (sizes <= 16).sum() - (sizes <= 8).sum(),
    )
    lengths = np.diff(corpus.sentence_starts).tolist()
    assert statistics.sampled_documents == [
        lengths[start:end]
        for start, end in itertools.pairwise(corpus.document_starts.tolist())
    ]


def test_documents_end_with_their_files_on_request(tmp_path, bert):
    paths = write(tmp_path, "a b\nc d\n", "e f\ng h\n")
    for option, count in ((False, "1 documents"), (True, "2 documents")):
        findings = check(paths, bert, break_at_end_of_file=option)
        assert any(x.what.startswith(count) for x in findings)


def test_the_sample_of_documents_is_spread(tmp_path, bert, monkeypatch):
    monkeypatch.setattr(corpus_statistics, "_SAMPLE_DOCUMENTS", 16)
    monkeypatch.setattr(corpus_statistics, "_SAMPLE_SENTENCES", 3)
    monkeypatch.setattr(corpus_files, "_BLOCK_BYTES", 50)
    # Document i has i + 1 sentences, the first of i + 1 words.
    text = "\n\n".join(
        "\n".join(["a " * i, *["b"] * (i - 1)]) for i in range(1, 81)
    )
    collector = new_collector(
        bert.tokenizer, rules=RULES, break_at_end_of_file=False
    )
    parts = [FilePart(str(path)) for path in write(tmp_path, text)]
    read_corpus(parts, bert, watch=collector.see)
    expected = [[size, *[1] * (size - 1)][:3] for size in range(1, 81, 8)]
    assert list(collector.finish().sampled_documents) == expected


@pytest.mark.parametrize("max_lines", [1 << 18, 2000])
def test_thirty_percent_of_repeated_lines(monkeypatch, max_lines):
    monkeypatch.setattr(near_duplicates, "_MAX_LINES", max_lines)
    rng = np.random.default_rng(0)
    lines = [rng.integers(0, 1000, 12).astype(np.int32) for _ in range(14_000)]
    order = rng.permutation([*range(14_000), *[7] * 3000, *range(3000)])
    distinct = DistinctLines()
    for part in np.array_split(order, 9):
        distinct.add(
            np.concatenate([lines[i] for i in part]),
            np.full(len(part), 12, np.int64),
        )
    tolerance = 1e-9 if max_lines > 20_000 else 0.03
    assert distinct.repeated_share() == pytest.approx(0.3, abs=tolerance)
    assert DistinctLines().repeated_share() == 0


def changed(document, share, rng):
    document = document.copy()
    places = rng.permutation(len(document))[: round(share * len(document))]
    document[places] = rng.integers(0, 2000, len(places))
    return document


def signatures_of(documents, monkeypatch, max_documents=1 << 16):
    monkeypatch.setattr(near_duplicates, "_MAX_DOCUMENTS", max_documents)
    signatures = DocumentSignatures()
    for label, document in enumerate(documents):
        # Sentences of ten pieces.
        cuts = [*range(0, len(document), 10), len(document)]
        lengths = np.diff(cuts)
        signatures.add(
            document,
            lengths,
            begins=np.arange(len(lengths)) == 0,
            labels=np.array([label]),
        )
    return signatures.find()


def shared_runs(a, b):
    runs_a, runs_b = (
        {tuple(x[i : i + 5]) for i in range(len(x) - 4)} for x in (a, b)
    )
    return len(runs_a & runs_b) / len(runs_a | runs_b)


def test_near_duplicates_are_those_that_share_most_runs(monkeypatch):
    rng = np.random.default_rng(1)
    documents = []
    for _ in range(300):
        first = rng.integers(0, 2000, rng.integers(60, 400)).astype(np.int32)
        documents += [first, changed(first, rng.choice([0, 0.01, 0.2]), rng)]
    found = signatures_of(documents, monkeypatch)
    assert found.num_compared == 600
    assert not found.is_sample
    pairs = set(map(tuple, found.pairs.tolist()))
    for earlier in range(0, 600, 2):
        later = earlier + 1
        share = shared_runs(documents[earlier], documents[later])
        if share > 0.9:
            assert (later, earlier) in pairs
        if share < 0.5:
            assert (later, earlier) not in pairs
        pairs.discard((later, earlier))
    assert pairs == set()  # nothing else is alike


def test_near_duplicates_of_many_documents_are_sampled(monkeypatch):
    rng = np.random.default_rng(2)
    documents = []
    for i in range(4000):
        document = rng.integers(0, 2000, 100).astype(np.int32)
        documents += [document, document] if i % 4 == 0 else [document]
    found = signatures_of(documents, monkeypatch, max_documents=1000)
    assert found.is_sample
    assert 500 <= found.num_compared <= 1000
    assert found.share == pytest.approx(0.2, abs=0.05)
    whole = signatures_of(documents, monkeypatch)
    assert whole.share == pytest.approx(0.2, abs=1e-9)


def test_short_documents_are_not_compared(monkeypatch):
    documents = [np.arange(24, dtype=np.int32)] * 5
    found = signatures_of(documents, monkeypatch)
    assert (found.share, found.num_compared) == (0, 0)
    documents = [np.arange(25, dtype=np.int32)] * 5
    assert signatures_of(documents, monkeypatch).share == 0.8


@pytest.mark.parametrize(
    "case", ["bert_plain", "bert_512", "albert_default", "bert_odd_lines"]
)
def test_the_balance_foretells_the_recorded_runs(recorded_dir, case):
    folder = recorded_dir / "pretraining_data"
    if not (folder / f"{case}.npz").exists():
        pytest.skip("not among the bundled runs")
    flags = json.loads((folder / f"{case}.json").read_text())
    is_bert = flags["family"] == "bert"
    if is_bert:
        tokenizer = load_wordpiece(
            str(folder / flags["vocab_file"]), lower_case=True
        )
    else:
        tokenizer = load_sentencepiece(
            str(folder / flags["spm_model_file"]), lower_case=True
        )
    rules = PairRules(
        max_seq_length=flags["max_seq_length"],
        short_seq_prob=flags["other_flags"].get("short_seq_prob", 0.1),
        random_next=is_bert,
    )
    corpus = read_corpus(
        [FilePart(str(folder / flags["input_file"]))], line_encoder(tokenizer)
    )
    lengths = np.diff(corpus.sentence_starts).tolist()
    documents = [
        lengths[start:end]
        for start, end in itertools.pairwise(corpus.document_starts.tolist())
    ]
    balance = expected_balance(documents * flags["dupe_factor"], rules)
    labels = np.load(folder / f"{case}.npz")["next_sentence_labels"]
    assert balance.num_instances == pytest.approx(len(labels), rel=0.1)
    # Three standard deviations of labels drawn with that share.
    noise = 3 * (0.25 / len(labels)) ** 0.5
    assert balance.not_next_share == pytest.approx(labels.mean(), abs=noise)


def test_single_sentence_chunks_are_never_next():
    rng = random.Random(3)
    ones = [[rng.randint(1, 300)] for _ in range(50)]
    assert expected_balance(ones, RULES).not_next_share == 1
    long = [[200] * 4] * 5  # each sentence fills an instance
    assert expected_balance(long, RULES).not_next_share == 1
    many = [[20] * 100] * 5
    for random_next in (True, False):
        rules = PairRules(short_seq_prob=0, random_next=random_next)
        assert 0.5 <= expected_balance(many, rules).not_next_share < 0.55
