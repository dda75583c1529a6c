import pytest

from reporting import pictures


@pytest.fixture
def figures(monkeypatch):
    """The figures that were saved, to look at what is on them."""
    pytest.importorskip("matplotlib")
    saved = []
    save = pictures.save

    def keep(figure, path):
        saved.append(figure)
        return save(figure, path)

    monkeypatch.setattr(pictures, "save", keep)
    return saved
