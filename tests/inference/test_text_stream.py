import pytest

from foundation.errors import InputError
from inference import text_stream
from inference.text_stream import read_lines, read_pieces


@pytest.fixture
def written(tmp_path):
    def _written(data):
        path = tmp_path / "x.txt"
        path.write_bytes(data)
        return str(path)

    return _written


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 18])
def test_pieces_are_the_file(written, monkeypatch, size):
    monkeypatch.setattr(text_stream, "_PIECE", size)
    text = "\ufeffAé\r\n中\r😀\u2028\u0085b\n\n"
    pieces = list(read_pieces(written(text.encode())))
    assert "".join(pieces) == text
    assert all(pieces)
    lines = list(read_lines(written(text.encode())))
    assert lines == [(1, "Aé\r"), (2, "中\r😀\u2028\u0085b"), (3, ""), (4, "")]


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 18])
@pytest.mark.parametrize(
    ("data", "line", "got"),
    [
        (b"secret\nsecret \xe9t\xe9\n", 2, "0xe9"),
        (b"\n\n\nsecret\xc3", 4, "0xc3"),  # cut inside a character
        (b"\xe4\xb8\xe4", 1, "0xe4"),
        (b"secret\nsecret\0", 2, "NUL"),
        (b"\xff\xfes\0", None, "UTF-16"),
    ],
)
def test_what_is_not_utf8_is_named_with_its_line(
    written, monkeypatch, data, line, got, size
):
    if got == "UTF-16" and size == 1:
        size = 2
    monkeypatch.setattr(text_stream, "_PIECE", size)
    with pytest.raises(InputError) as caught:
        list(read_pieces(written(data)))
    assert caught.value.line == line
    assert got in str(caught.value.got)
    assert "secret" not in str(caught.value)


def test_missing_and_empty_files(written, tmp_path):
    with pytest.raises(InputError, match="missing"):
        list(read_pieces(str(tmp_path / "none.txt")))
    with pytest.raises(InputError, match="empty"):
        list(read_pieces(written(b"")))
