import pathlib

import pytest

from evaluation.conlleval import count, report
from foundation.errors import InputError


def _cases(folder: pathlib.Path) -> list[pathlib.Path]:
    cases = sorted(folder.glob("*.conll"))
    assert cases, folder
    return cases


def _differing(folder: pathlib.Path) -> list[str]:
    differing = []
    for case in _cases(folder):
        with open(case, encoding="utf-8", newline="\n") as lines:
            text = report(count(lines))
        expected = case.with_suffix(".expected.txt").read_bytes().decode()
        if text != expected:
            differing.append(case.name)
    return differing


def test_bundled_golden_cases_are_equal(golden_dir):
    assert _differing(golden_dir / "conlleval") == []


@pytest.mark.shared
def test_all_golden_cases_are_equal(shared_dir):
    assert len(_cases(shared_dir / "golden" / "conlleval")) == 20
    assert _differing(shared_dir / "golden" / "conlleval") == []


def _counts(text, **options):
    counts = count(text.split("\n"), **options)
    return (
        counts.gold.total(),
        counts.found.total(),
        counts.correct.total(),
        counts.num_tokens,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a O I\n", (0, 1, 0, 1)),  # I after O starts a phrase
        ("a B-X B-X\nb I-X I-Y\n", (1, 2, 0, 2)),  # a type change splits
        ("a B-X B-X\n\nb I-X I-X\n", (2, 2, 2, 2)),  # a sentence ends a phrase
        ("a B-X B-X\n-X- B-X B-X\nb I-X I-X\n", (2, 2, 2, 2)),
        ("a E-X E-X\nb E-X E-X\n", (2, 2, 2, 2)),
        ("a [ [\nb ] ]\n", (2, 2, 2, 2)),
        ("a - -\n", (0, 0, 0, 1)),
        ("a x y B I\n", (1, 1, 1, 1)),  # only the last two columns count
        ("a B-X B-X\nb I-X O\n", (1, 1, 0, 2)),
        ("B B\n", (1, 1, 1, 1)),  # no word at all
        ("a B-x-y B-x-y\nb I-x-y I-x-z\n", (1, 2, 0, 2)),
        ("a B-X B-X\r\n\r\n", (1, 1, 1, 1)),
    ],
)
def test_counts_by_hand(text, expected):
    assert _counts(text) == expected


def test_raw_tags_are_phrases_of_one_word():
    text = "a PER PER\nb PER PER\nc NIL PER\nd NIL NIL"
    assert _counts(text, raw=True, outside="NIL") == (2, 3, 2, 4)


def test_outside_is_read_with_raw_only():
    assert _counts("a B-X B-X\nb NIL NIL", outside="NIL")[:3] == (2, 2, 2)
    assert _counts("a NIL B-X", outside="NIL")[:3] == (0, 1, 0)


def test_delimiter_is_a_regular_expression():
    assert _counts("a\tB\tB\nb  \tI\tI", delimiter=r"\s+")[:3] == (1, 1, 1)


def test_untyped_line_comes_twice_as_in_the_script():
    assert report(count(["a B B"])).count("\n") == 4
    assert report(count(["a B O"])).count("\n") == 3


def test_nothing_to_count_has_no_accuracy_line():
    assert report(count([])) == (
        "processed 0 tokens with 0 phrases; found: 0 phrases; correct: 0.\n"
    )


def test_latex_table():
    text = report(count(["a B-X B-X", "b B-Long_type O"]), latex=True)
    assert text == (
        "        & Precision &  Recall  & F$_{\\beta=1} \\\\\\hline\n"
        "Long_type &    0.00\\% &   0.00\\% &   0.00 \\\\\n"
        "X       &  100.00\\% & 100.00\\% & 100.00 \\\\\\hline\n"
        "Overall &  100.00\\% &  50.00\\% &  66.67 \\\\\\hline\n"
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a B B\nsecret B", "input:2: unexpected number of columns: got 2"),
        ("secret", "input:1: too few columns: got 1"),
        ("a B B\n\nsecret 1 B B", "input:3: unexpected number of columns"),
    ],
)
def test_bad_lines_are_named_but_not_shown(text, part):
    with pytest.raises(InputError) as caught:
        count(text.split("\n"))
    assert part in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("delimiter", ["|", "(", ""])
def test_useless_delimiters_are_refused(delimiter):
    with pytest.raises(InputError, match="delimiter"):
        count(["a|B|B"], delimiter=delimiter)
