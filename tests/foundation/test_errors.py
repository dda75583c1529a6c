"""foundation/errors.py: one line that says what, where and what next."""

from foundation.errors import InputError


def test_the_problem_alone():
    assert str(InputError("no words")) == "no words"


def test_all_parts_in_their_order():
    error = InputError(
        "wrong number of columns",
        got=3,
        expected=2,
        next_step="pass --separator",
        path="dev.tsv",
        line=7,
    )
    assert str(error) == (
        "dev.tsv:7: wrong number of columns: got 3, expected 2. "
        "Next: pass --separator"
    )


def test_a_line_without_a_path_is_not_shown():
    assert str(InputError("bad", line=7)) == "bad"


def test_zero_is_a_value():
    assert str(InputError("bad", got=0)) == "bad: got 0"


def test_it_is_one_line_whatever_the_values_hold():
    error = InputError("bad\nthing", got="a\n\nb\r\nc", next_step="do\tit")
    assert str(error) == "bad thing: got a b c. Next: do it"


def test_it_is_a_value_error_with_its_parts():
    error = InputError("bad", got=1, expected=2, path="x", line=3)
    assert isinstance(error, ValueError)
    assert (error.problem, error.got, error.expected) == ("bad", 1, 2)
    assert (error.path, error.line, error.next_step) == ("x", 3, None)
