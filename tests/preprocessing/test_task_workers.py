"""Tasks by several processes: all of them, and not all in memory."""

import pytest

from preprocessing.task_workers import run_tasks


@pytest.mark.parametrize("num_workers", [1, 2])
def test_all_tasks_are_done_and_few_are_ahead(num_workers):
    ahead = []
    made = done = 0

    def tasks():
        nonlocal made
        for number in range(40):
            made += 1
            ahead.append(made - done)
            yield -number

    found = []
    for result in run_tasks(abs, tasks(), num_workers=num_workers):
        done += 1
        found.append(result)
    assert sorted(found) == list(range(40))
    # Two for each worker, those that ended together, and the next one.
    assert max(ahead) <= 4 * num_workers + 1


def test_no_tasks():
    assert list(run_tasks(abs, [], num_workers=2)) == []
