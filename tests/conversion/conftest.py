"""What several tests of conversion/ need."""

from __future__ import annotations

import pytest

from conversion import parity


@pytest.fixture
def few_sentences(monkeypatch):
    """Three sentences instead of 200: the forward pass is not the matter."""
    few = parity.sentences()[:3]
    monkeypatch.setattr(parity, "sentences", lambda: few)
