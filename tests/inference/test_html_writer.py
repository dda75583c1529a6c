import re
from html.parser import HTMLParser

import pytest

from inference.documents import TextBlock, read_blocks, segments_of
from inference.entities import FoundEntity, TaggedBlock, find_entities
from inference.html_writer import HtmlWriter, write_html
from tests.inference.word_list_tagger import WordListTagger

HOSTILE = "<script>x()</script> &amp; \"a\" 'b' </div>\r\n<b onload=y()>\u202e"
TAGGER = WordListTagger({"pain": "Sign", "leg": "Body", "script": "<Type>&"})


class Page(HTMLParser):
    """Reads a page back: texts, marks and links."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.headings = []
        self.texts = []
        self.marks = []
        self.links = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in {"meta", "input"}:
            return
        self.open.append(tag)
        if tag == "mark":
            self.marks.append([values["data-type"], ""])
        elif tag == "h2":
            self.headings.append("")
        elif values.get("class") == "text":
            self.texts.append("")
        elif tag == "a":
            self.links.append(values["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "script" in self.open or "style" in self.open:
            return
        if self.open[-1:] == ["h2"]:
            self.headings[-1] += data
        if "article" in self.open and "h2" not in self.open:
            if "mark" in self.open:
                self.marks[-1][1] += data
            if "p" not in self.open and "div" in self.open:
                self.texts[-1] += data


def write(texts, **limits):
    """Returns the page of some documents and the entities in them."""
    blocks = [TextBlock(f"d{i}", 0, text) for i, text in enumerate(texts)]
    writer = HtmlWriter(**limits)
    entities = []
    for tagged in find_entities(blocks, TAGGER):
        writer.add(tagged)
        entities += tagged.entities
    return writer.page("in.txt", all_entities="predictions.jsonl"), entities


def test_the_texts_and_entities_are_on_the_page():
    texts = [
        "No pain in the leg pain.",
        "",
        HOSTILE,
        "a\r\n\r\n  b\tc\u200b\x01",
    ]
    text, entities = write(texts)
    page = Page(text)
    assert page.open == []
    assert [h.strip() for h in page.headings] == ["d0", "d1", "d2", "d3"]
    assert page.texts == texts
    assert page.marks == [[e.type, e.surface] for e in entities]
    assert [surface for _, surface in page.marks] == [
        *("pain", "leg", "pain", "script", "script")
    ]
    assert "5 entities of 3 types in 4 documents of" in text
    assert "Showing" not in text
    assert set(page.links) == {"predictions.jsonl"}


def test_text_is_never_markup():
    text, _ = write([HOSTILE])
    assert text.count("<script>") == 1  # ours
    assert "<b " not in text
    assert "<Type>" not in text
    assert "\0" not in write(["a\0b"])[0]
    assert "\r" not in text  # browsers would read a line feed


def test_tags_without_types():
    writer = HtmlWriter()
    entity = FoundEntity("d", 0, 1, "a", None, 0.996)
    writer.add(TaggedBlock(TextBlock("d", 0, "a b"), [], [entity]))
    text = writer.page("x", all_entities="y")
    assert Page(text).marks == [["Entity", "a"]]
    assert 'title="Entity, probability 1.00"' in text
    assert "1 entity in 1 document of 3 characters" in text


def test_as_many_documents_as_there_is_room_for():
    text, _ = write(["leg pain."] * 30, max_documents=20)
    assert len(Page(text).texts) == 20
    assert (
        "Showing 20 of 30 documents, 180 of 270 characters, 40 of 60 entities;"
        in text
    )
    assert "20 of 30</span>" in text


def test_a_document_is_cut_after_a_sentence():
    text, _ = write(["One leg. " * 30], max_characters=100)
    page = Page(text)
    (shown,) = page.texts
    assert shown == ("One leg. " * 30)[:98]
    assert len(page.marks) == 11
    assert "This document goes on." in text
    assert "Showing 1 of 1 document, 98 of 270 characters, 11 of 30" in text


@pytest.mark.parametrize("room", range(1, 40))
def test_a_long_sentence_is_cut_but_no_entity(room):
    sentence = "the leg pain leg pain of " * 10
    text, entities = write([sentence], max_characters=room)
    page = Page(text)
    shown = "".join(page.texts)
    assert sentence.startswith(shown)
    assert len(shown) <= room
    inside = [e for e in entities if e.start < len(shown)]
    assert all(e.end <= len(shown) for e in inside)
    assert page.marks == [[e.type, e.surface] for e in inside]
    assert "This document goes on." in text or not shown


@pytest.mark.parametrize("room", [0, 5, 30, 31, 60, 92, 1000])
def test_blocks_of_one_document(room):
    block = "First leg. Second pain. Third. "
    writer = HtmlWriter(max_characters=room)
    blocks = [TextBlock("d", len(block) * i, block) for i in range(3)]
    for tagged in find_entities(blocks, TAGGER):
        writer.add(tagged)
    text = writer.page("x", all_entities="y")
    shown = "".join(Page(text).texts)
    assert (3 * block).startswith(shown)
    assert len(shown) <= room
    assert (shown == 3 * block) == (room == 1000) == ("Showing" not in text)
    assert ("goes on" in text) == (0 < len(shown) < len(3 * block))
    assert len(shown) >= min(room, 5)


def test_a_document_without_room_has_no_heading():
    text, _ = write(["One two.", "Three four.", ""], max_characters=10)
    assert Page(text).texts == ["One two."]


def test_memory_does_not_grow_with_what_is_not_shown():
    writer = HtmlWriter(max_characters=1000)
    block = TextBlock("d", 0, "leg pain. " * 500)
    tagged = TaggedBlock(block, segments_of(block), [])
    for _ in range(2000):
        writer.add(tagged)
    text = writer.page("x", all_entities="y")
    assert len(text) < 20_000
    assert "in 2,000 documents of 10,000,000 characters" in text


def test_nothing_can_be_loaded_and_no_other_script_run():
    text, _ = write([HOSTILE])
    policy = re.search('Content-Security-Policy" content="([^"]+)"', text)[1]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert not re.search("https?://|//[a-z]|@import|url\\(|src=", text)


def test_the_file_appears_when_all_is_added(tmp_path, fixtures_dir):
    path = tmp_path / "predictions.html"
    source = str(fixtures_dir / "ncbi_disease" / "test.tsv")
    tagger = WordListTagger({"cancer": "Disease"})
    with write_html(str(path), "test.tsv", all_entities="x") as writer:
        for tagged in find_entities(read_blocks(source), tagger):
            writer.add(tagged)
        assert not path.exists()
    page = Page(path.read_text("utf-8"))
    assert page.marks
    assert set(map(tuple, page.marks)) == {("Disease", "cancer")}

    def write_and_fail():
        with write_html(str(path), "x", all_entities="x"):
            raise RuntimeError("stop")

    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="stop"):
        write_and_fail()
    assert path.read_bytes() == before
