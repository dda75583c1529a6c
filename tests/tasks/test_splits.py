from tasks.readers import TaggedSentence
from tasks.splits import overlap, overlap_warning


def _sentences(*texts):
    return [
        TaggedSentence(tuple(t.split()), ("O",) * len(t.split()), 1)
        for t in texts
    ]


def test_a_planted_leak_is_found():
    train = _sentences(*(f"sentence number {i}" for i in range(50)))
    test = _sentences(*(f"test number {i}" for i in range(20))) + train[:5]
    assert overlap(train, test) == 5
    text = overlap_warning(train, test, name="test")
    assert text is not None
    assert "5 of 25 test sentences (20.0%)" in text


def test_word_sequences_must_be_equal():
    train = _sentences("a b c")
    other = _sentences("a b", "a b c d", "A b c")
    assert overlap(train, other) == 0
    assert overlap_warning(train, other, name="dev") is None


def test_tags_do_not_matter():
    train = [TaggedSentence(("a",), ("O",), 1)]
    assert overlap(train, [TaggedSentence(("a",), ("B",), 9)]) == 1
