from tasks.splits import overlap, overlap_warning


def _sentences(*texts):
    return [tuple(text.split()) for text in texts]


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


def test_pairs_are_called_rows():
    pairs = [("a", "b"), ("a", None)]
    text = overlap_warning(pairs, [("a", None)], name="dev", what="rows")
    assert text is not None
    assert "1 of 1 dev rows (100.0%)" in text
