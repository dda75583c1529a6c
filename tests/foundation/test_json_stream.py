"""Large JSON files are read value by value, whatever the pieces read."""

from __future__ import annotations

import json
import random

import pytest

from foundation import json_stream
from foundation.errors import InputError


@pytest.fixture(params=[1, 2, 7, 1 << 18])
def small_chunks(request, monkeypatch):
    monkeypatch.setattr(json_stream, "_CHUNK", request.param)


def read(path, *keys):
    return list(
        json_stream.values_of(
            str(path), keys, what="the file", next_step="look at it"
        )
    )


def random_value(rng, depth=0):
    kind = rng.randrange(4 if depth > 2 else 6)
    if kind == 0:
        return rng.choice([None, True, False, 12, -3.5e-7, 0, 123456789])
    if kind < 4:
        return "".join(rng.choice('aé"\\\n\u2028𝄞 ,]}{[:') for _ in range(9))
    values = [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return values if kind == 4 else {str(i): v for i, v in enumerate(values)}


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("seed", range(12))
def test_equal_to_json(tmp_path, seed):
    rng = random.Random(seed)
    data = [
        {
            "title": random_value(rng),
            "paragraphs": [random_value(rng) for _ in range(rng.randrange(4))],
            "after": random_value(rng),
        }
        for _ in range(rng.randrange(4))
    ]
    path = tmp_path / "x.json"
    text = json.dumps(
        {"version": random_value(rng), "data": data, "last": 12},
        indent=rng.choice([None, 2]),
        ensure_ascii=rng.random() < 0.5,
    )
    path.write_bytes(rng.choice([b"", b"\xef\xbb\xbf"]) + text.encode())
    expected = [p for article in data for p in article["paragraphs"]]
    assert read(path, "data", "paragraphs") == expected
    assert read(path, "data") == data


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        (b"", "is empty", None),
        (b"[1]", "no object", 1),
        (b'{"a": 1}\n', 'no "data"', None),
        (b'{"data": 1}', "without an array", 1),
        (b'{"data": [1]}', "no object", 1),
        (b'{"data": [\n{"paragraphs": [1,\n tru]}]}', "not JSON", 3),
        (b'{"data": [\n{"paragraphs": [1\n 2]}]}', "'2' where ']'", 3),
        (b'{"data": [\n{"paragraphs": ["x', "Unterminated", 2),
        (b'{"data": [\n{"paragraphs": []}]', "'' where '}'", 2),
        (b'{"data": []}\n\n!', "after its end", 3),
        (b"{\ndata: []}", "quotation", 2),
        (b'{"data": [\n{"paragraphs": ["\xff"]}]}', "no UTF-8", 2),
        (b'{"data": [' + b"[" * 100_000, "no object", 1),
        (b'{"x": ' + b"[" * 100_000, "brackets", 1),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, message, line):
    path = tmp_path / "x.json"
    path.write_bytes(text)
    with pytest.raises(InputError) as caught:
        read(path, "data", "paragraphs")
    assert message in str(caught.value)
    if line:
        assert f"{path}:{line}:" in str(caught.value)
