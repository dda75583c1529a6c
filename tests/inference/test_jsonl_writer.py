import json

import pytest

from foundation.errors import InputError
from inference.documents import TextBlock
from inference.entities import FoundEntity, TaggedBlock
from inference.jsonl_writer import entity_line, write_json_lines

ENTITY = FoundEntity("d\u2028é", 3, 9, 'a\n\u0085"b', None, 0.12345678)


def test_a_line():
    line = entity_line(ENTITY)
    assert line.splitlines() == [line]
    assert "é" in line
    assert json.loads(line) == {
        "document": "d\u2028é",
        "start": 3,
        "end": 9,
        "surface": 'a\n\u0085"b',
        "type": None,
        "probability": 0.123457,
    }


def test_the_file_appears_when_all_is_written(tmp_path):
    path = tmp_path / "predictions.jsonl"
    block = TaggedBlock(TextBlock("d", 0, ""), [], [ENTITY, ENTITY])
    with write_json_lines(str(path)) as writer:
        writer.add(block)
        assert not path.exists()
    assert path.read_text("utf-8") == 2 * (entity_line(ENTITY) + "\n")


def test_no_file_is_left_by_an_error(tmp_path):
    with (
        pytest.raises(InputError, match="bad"),
        write_json_lines(str(tmp_path / "x.jsonl")),
    ):
        raise InputError("bad")
    assert list(tmp_path.iterdir()) == []
