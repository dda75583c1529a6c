import gc
import threading

import pytest

from preprocessing.prefetching import prefetched


def threads():
    return [t for t in threading.enumerate() if t.name == "batches"]


class Source:
    """Counts; knows what was made and whether it was closed."""

    def __init__(self, end=None, error=None):
        self.made = 0
        self.closed = threading.Event()
        self.waits = threading.Semaphore(0)
        self._end, self._error = end, error

    def values(self):
        try:
            while self.made != self._end:
                self.made += 1
                self.waits.release()
                yield self.made
            if self._error:
                raise self._error
        finally:
            self.closed.set()


@pytest.mark.parametrize("ahead", [0, 1, 5])
def test_all_values_in_their_order(ahead):
    source = Source(40)
    found = list(prefetched(source.values(), ahead=ahead))
    assert found == list(range(1, 41))
    assert source.closed.is_set()
    assert not threads()


@pytest.mark.parametrize("taken", [1, 2, 7])
@pytest.mark.parametrize("ahead", [1, 3])
def test_close_ends_the_thread(ahead, taken):
    source = Source()
    values = prefetched(source.values(), ahead=ahead)
    for _ in range(taken):
        next(values)
    values.close()
    assert source.closed.is_set()
    assert not threads()


def test_a_forgotten_one_ends_too():
    source = Source()
    values = prefetched(source.values(), ahead=2)
    next(values)
    del values
    gc.collect()
    assert source.closed.is_set()
    assert not threads()


def test_no_more_than_so_many_are_ahead():
    source = Source()
    values = prefetched(source.values(), ahead=3)
    next(values)
    for _ in range(5):  # the one taken, three that wait, one in hand
        assert source.waits.acquire(timeout=10)
    assert not source.waits.acquire(timeout=0.1)
    values.close()


def test_an_error_comes_after_the_values_before_it():
    source = Source(3, KeyError("x"))
    values = prefetched(source.values(), ahead=2)
    found = []
    with pytest.raises(KeyError, match="x"):
        found.extend(values)
    assert found == [1, 2, 3]
    assert not threads()


def test_nothing_runs_before_the_first_value_is_asked_for():
    source = Source()
    values = prefetched(source.values(), ahead=2)
    assert not threads()
    values.close()
    assert source.made == 0
