"""The child with PyTorch and transformers, as a fixture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.huggingface import asking


@pytest.fixture(scope="session")
def huggingface() -> Iterator[asking.Asker]:
    """Asks transformers; skips where there is none (`make huggingface`)."""
    asking.find_python()
    asker = asking.Asker()
    yield asker
    asker.close()
