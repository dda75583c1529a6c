"""Documents and their entities -> predictions.html, as much as has room.

The page shows the first documents only, so that a browser can show it and
memory does not grow with the input; all of it is counted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from foundation import files
from inference.entities import TaggedBlock
from inference.html_page import Article, Counts, PageContent, render

MAX_DOCUMENTS = 200
MAX_CHARACTERS = 200_000


@contextlib.contextmanager
def write_html(
    path: str, source: str, *, all_entities: str
) -> Iterator[HtmlWriter]:
    """Yields a writer to a page that appears once all of it is there.

    Args:
      path: of the page.
      source: the name of what was read, for the title.
      all_entities: the file beside the page with every entity, for links.
    """
    writer = HtmlWriter()
    yield writer
    with files.write_atomically(path) as file:
        file.write(writer.page(source, all_entities=all_entities))


class HtmlWriter:
    """Keeps the first documents and counts them all.

    Args:
      max_documents: that are shown.
      max_characters: of their texts, together.
    """

    def __init__(
        self,
        *,
        max_documents: int = MAX_DOCUMENTS,
        max_characters: int = MAX_CHARACTERS,
    ) -> None:
        self._max_documents = max_documents
        self._room = max_characters
        self._is_full = False
        self._articles: list[Article] = []
        self._shown = Counts()
        self._total = Counts()

    def add(self, tagged: TaggedBlock) -> None:
        """Counts a block and keeps as much of it as there is room for."""
        block = tagged.block
        starts = block.start == 0
        self._total.documents += starts
        self._total.characters += len(block.text)
        self._total.types.update(e.type for e in tagged.entities)
        if starts and len(self._articles) == self._max_documents:
            self._is_full = True
        if not self._is_full:
            self._show(tagged)

    def _show(self, tagged: TaggedBlock) -> None:
        block = tagged.block
        end = self._end(tagged)
        self._is_full = end < len(block.text)
        if block.start == 0:
            if self._is_full and end == 0:
                return  # no heading without text
            self._articles.append(Article(block.document))
            self._shown.documents += 1
        entities = [e for e in tagged.entities if e.end <= block.start + end]
        article = self._articles[-1]
        article.texts.append(block.text[:end])
        article.entities += entities
        article.is_cut = self._is_full
        self._room -= end
        self._shown.characters += end
        self._shown.types.update(e.type for e in entities)

    def _end(self, tagged: TaggedBlock) -> int:
        """Returns how much of a block's text there is room for.

        It ends with a sentence, or inside the page's only one, but never
        inside an entity.
        """
        block = tagged.block
        if len(block.text) <= self._room:
            return len(block.text)
        ends = [s.start - block.start + len(s.text) for s in tagged.segments]
        end = max(
            (end for end in ends if end <= self._room),
            default=0 if self._articles else self._room,
        )
        for entity in tagged.entities:
            if entity.start < block.start + end < entity.end:
                return entity.start - block.start
        return end

    def page(self, source: str, *, all_entities: str) -> str:
        """Returns the page as HTML; the names are those of `write_html`."""
        content = PageContent(
            source, all_entities, self._articles, self._shown, self._total
        )
        return render(content)
