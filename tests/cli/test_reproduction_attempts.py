"""A run that is taken up again by other code is not of one code."""

import pytest

from cli import reproduction_attempts
from reporting import provenance


@pytest.fixture
def begin(tmp_path, monkeypatch):
    def begin(sources="ab", threads=2):
        code = {"sources": sources, "commit": None}
        monkeypatch.setattr(provenance, "code_version", lambda: code)
        reproduction_attempts.begin(str(tmp_path), threads=threads, gpu=None)
        return reproduction_attempts.made(str(tmp_path))

    return begin


def test_attempts_that_are_alike_are_one(begin):
    begin()
    (attempt,) = begin()
    assert attempt["code"]["sources"] == "ab"
    assert attempt["processor"]["threads"] == 2
    assert "tensorflow" in attempt["packages"]
    assert reproduction_attempts.mixed([attempt]) == []


def test_what_changed_between_attempts_is_said(begin):
    begin()
    attempts = begin(sources="cd", threads=1)
    assert [a["code"]["sources"] for a in attempts] == ["ab", "cd"]
    assert reproduction_attempts.mixed(attempts) == [
        "begun with another code, then stopped and taken up again",
        "begun with another processor, then stopped and taken up again",
    ]


def test_code_that_came_back_has_not_computed_all(begin):
    begin()
    begin(sources="cd")
    attempts = begin()
    assert len(attempts) == 3
    assert len(reproduction_attempts.mixed(attempts)) == 1


def test_seconds_add_up(tmp_path):
    assert reproduction_attempts.seconds_of(str(tmp_path)) == 0
    for _ in range(2):
        reproduction_attempts.add_seconds(str(tmp_path), 1.5)
    assert reproduction_attempts.seconds_of(str(tmp_path)) == 3
