import json

import pytest

from foundation.errors import InputError
from inference.documents import (
    InputSize,
    TextBlock,
    measure_input,
    read_blocks,
    read_segments,
    segments_of,
)

NOTE = "\ufeffPain in\r\n\r\nthe toe. He left.\r\nÉ\u00a0😀 x\n"


@pytest.fixture
def put(tmp_path):
    def _put(name, content):
        path = tmp_path / name
        if not isinstance(content, str):
            content = "".join(json.dumps(line) + "\n" for line in content)
        path.write_bytes(content.encode())
        return str(path)

    return _put


def words_of(path):
    return [
        (s.document, [s.text[a:b] for a, b in s.words])
        for s in read_segments(path)
    ]


def test_a_text_file_is_one_document(put):
    path = put("note 1.a.txt", NOTE)
    assert words_of(path) == [
        ("note 1.a", ["Pain", "in"]),
        ("note 1.a", ["the", "toe", "."]),
        ("note 1.a", ["He", "left", "."]),
        ("note 1.a", ["É", "😀", "x"]),
    ]
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    for segment in read_segments(path):
        end = segment.start + len(segment.text)
        assert text[segment.start : end] == segment.text
        assert all(segment.text[a:b].strip("\ufeff") for a, b in segment.words)
    assert measure_input(path) == InputSize(1, len(NOTE))


def test_json_lines(put):
    path = put(
        "x.JSONL",
        [
            {"text": NOTE, "id": "a"},
            {"text": "", "document": 7},
            {"tokens": ["a b,", "", " c\u00a0", "d"], "doc_id": "z"},
            {"words": [], "id": "w"},
            {"text": "Low BP.", "words": ["no"], "id": -1},
        ],
    )
    assert words_of(path)[4:] == [
        ("z", ["a b,", "c", "d"]),
        ("-1", ["Low", "BP", "."]),
    ]
    assert [(b.document, b.start, b.text) for b in read_blocks(path)] == [
        ("a", 0, NOTE),
        ("7", 0, ""),
        ("z", 0, "a b,   c\u00a0 d"),
        ("w", 0, ""),
        ("-1", 0, "Low BP."),
    ]
    assert measure_input(path).num_documents == 5


def test_json_lines_without_ids_are_numbered(put):
    path = put("x.jsonl", '\ufeff{"text": "a"}\r\n\n{"words": ["b"], "z": 0}')
    assert words_of(path) == [("1", ["a"]), ("3", ["b"])]


def test_json_and_text_files_give_the_same_sentences(put):
    text = "".join(
        f"Line {i} of a long note. It goes on.\n" for i in range(9999)
    )
    of_text = list(read_segments(put("n.txt", text)))
    of_json = list(read_segments(put("n.jsonl", [{"id": "n", "text": text}])))
    assert of_text == of_json
    assert len(of_text) == 2 * 9999


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.tsv", "a\tO\nb c\tB-x\n\nd\tO\n"),
        ("t.tsv", "word\ttag\na\tO\nb c\tB-x\n\nd\tO\n"),
        ("t.csv", "tag,token,label\nx,a,O\ny,b c,B\n\nz,d,O\n"),
        ("t.conll", "a\t\r\nb c\t\r\n\r\nd\t\r\n"),
    ],
    ids=["tags", "header", "word column", "no tags"],
)
def test_words_one_a_line(put, name, text):
    path = put(name, text)
    assert words_of(path) == [("t", ["a", "b c"]), ("t", ["d"])]
    (block,) = read_blocks(path)
    assert block.text == "a b c\nd"


def test_a_real_corpus_file(fixtures_dir):
    path = fixtures_dir / "ncbi_disease" / "test.tsv"
    segments = list(read_segments(str(path)))
    assert len(segments) == 300
    text = "".join(block.text for block in read_blocks(str(path)))
    lines = path.read_text("utf-8").split("\n")
    words = [line.split("\t")[0] for line in lines if line]
    assert text.split() == words
    assert [
        text[s.start + a : s.start + b] for s in segments for a, b in s.words
    ] == words


def test_many_sentences_of_given_words_come_in_blocks(put, monkeypatch):
    monkeypatch.setattr("inference.documents.MAX_PART", 20)
    text = "".join(f"word{i}\n\n" for i in range(50))
    path = put("t.tsv", text)
    blocks = list(read_blocks(path))
    assert len(blocks) > 10
    whole = "".join(block.text for block in blocks)
    assert whole == text.strip().replace("\n\n", "\n")
    for block in blocks:
        assert whole[block.start :].startswith(block.text)
        for s in segments_of(block):
            assert whole[s.start :].startswith(s.text)
    assert words_of(path) == [("t", [f"word{i}"]) for i in range(50)]


def test_a_folder(put, tmp_path, caplog):
    put("b.txt", "Second.")
    put("a.TXT", "First.")
    put("c.txt", "")
    put("b.ann", "T1")
    put(".hidden.txt", "x")
    with caplog.at_level("INFO"):
        blocks = list(read_blocks(str(tmp_path)))
    assert blocks == [
        TextBlock("a", 0, "First."),
        TextBlock("b", 0, "Second."),
        TextBlock("c", 0, ""),
    ]
    assert "1 files of other endings" in caplog.text
    assert "c.txt is empty" in caplog.text


def test_a_folder_with_two_of_one_name_or_none(put, tmp_path):
    with pytest.raises(InputError, match="no text files"):
        list(read_blocks(str(tmp_path)))
    put("a.TXT", "x")
    put("a.txt", "x")
    with pytest.raises(InputError, match="same name"):
        list(read_blocks(str(tmp_path)))


@pytest.mark.parametrize("name", ["x.pdf", "x.json", "x", "x.text"])
def test_unknown_endings(put, name):
    with pytest.raises(InputError, match=r"rename the file"):
        list(read_blocks(put(name, "secret")))


@pytest.mark.parametrize(
    ("lines", "line", "problem"),
    [
        ('{"text": "a"}\nsecret\n', 2, "not JSON"),
        ('{"text": "a"}\n["secret"]', 2, "not a JSON object"),
        ("[" * 99999, 1, "not JSON"),
        ('{"text": ["secret"]}', 1, "not a string"),
        ('{"words": "secret"}', 1, "list of strings"),
        ('{"words": ["secret", 1]}', 1, "list of strings"),
        ('{"secret": "a"}', 1, "no text"),
        ('{"text": "secret \\ud800"}', 1, "not Unicode"),
        ('{"words": ["secret", "\\udc00"]}', 1, "not Unicode"),
        ('{"id": "\\udc00", "text": "secret"}', 1, "not Unicode"),
        ('{"id": "1", "text": "x"}\n{"id": 1, "text": "secret"}', 2, "id"),
        ('{"id": 1, "text": "x"}\n{"text": "secret"}', 2, "only some"),
        ('{"text": "x"}\n{"id": 1, "text": "secret"}', 2, "only some"),
        ('{"id": true, "text": "secret"}', 1, "no name"),
        ('{"id": null, "text": "secret"}', 1, "no name"),
        ('{"id": "", "text": "secret"}', 1, "names no document"),
        ("\n \n", None, "no documents"),
    ],
)
def test_bad_json_lines_are_named_without_text(put, lines, line, problem):
    path = put("x.jsonl", lines)
    with pytest.raises(InputError, match=problem) as caught:
        measure_input(path)
    assert (caught.value.path, caught.value.line) == (path, line)
    message = str(caught.value)
    assert "secret" not in message
    assert caught.value.__cause__ is None


def test_bad_utf8_in_json_lines(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"text": "a"}\n{"text": "secret \xe9"}\n')
    with pytest.raises(InputError, match="0xe9") as caught:
        measure_input(str(path))
    assert caught.value.line == 2
