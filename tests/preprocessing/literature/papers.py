"""Made-up papers in the XML of PubMed and of PubMed Central."""

from __future__ import annotations

import gzip
import io
import tarfile

PUBMED_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January \
2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">
<PubmedArticleSet>
"""
JATS_HEAD = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and \
Interchange DTD v1.2 20190208//EN" "JATS-archivearticle1.dtd">
"""


def abstract(*parts: str) -> str:
    """Returns an <Abstract> of texts; "LABEL|text" has a label."""
    rows = []
    for part in parts:
        label, bar, text = part.partition("|")
        mark = f' Label="{label}" NlmCategory="{label}"' if bar else ""
        rows.append(
            f"<AbstractText{mark}>{text if bar else part}</AbstractText>"
        )
    return f"<Abstract>{''.join(rows)}</Abstract>"


def pubmed_article(
    number: int,
    title: str = "A title.",
    content: str | None = None,
    *,
    language: str = "eng",
    date: str = "<Year>2001</Year>",
    kind: str = "Journal Article",
    after: str = "",
) -> str:
    """Returns a <PubmedArticle>; `after` goes behind its <Article>."""
    if content is None:
        content = abstract("One sentence. Another one.")
    languages = "".join(
        f"<Language>{code}</Language>" for code in language.split(",")
    )
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE">
<PMID Version="1">{number}</PMID>
<Article><Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue>
</Journal><ArticleTitle>{title}</ArticleTitle>{content}{languages}
<PublicationTypeList><PublicationType>{kind}</PublicationType>
</PublicationTypeList></Article>{after}</MedlineCitation>
<PubmedData><ReferenceList><Reference><Citation>Not text. At all.</Citation>
<ArticleIdList><ArticleId IdType="pubmed">99</ArticleId></ArticleIdList>
</Reference></ReferenceList></PubmedData></PubmedArticle>
"""


def deletion(*numbers: int) -> str:
    """Returns a <DeleteCitation> of PMIDs."""
    rows = "".join(f'<PMID Version="1">{n}</PMID>' for n in numbers)
    return f"<DeleteCitation>{rows}</DeleteCitation>"


def pubmed_set(*records: str) -> str:
    """Returns a whole file."""
    return f"{PUBMED_HEAD}{''.join(records)}</PubmedArticleSet>\n"


def jats_article(
    front: str,
    body: str = "",
    *,
    number: int = 1,
    attributes: str = 'article-type="research-article" xml:lang="en"',
) -> str:
    """Returns an <article> without its prolog."""
    return f"""<article xmlns:xlink="http://www.w3.org/1999/xlink" \
xmlns:mml="http://www.w3.org/1998/Math/MathML" {attributes}>
<front><journal-meta><journal-title>No text</journal-title></journal-meta>
<article-meta><article-id pub-id-type="pmc">{number}</article-id>
<article-id pub-id-type="doi">10.1/x{number}</article-id>
{front}<pub-date pub-type="epub"><year>2003</year></pub-date>
<pub-date pub-type="collection"><year>2004</year></pub-date>
</article-meta></front><body>{body}</body>
<back><ref-list><ref><mixed-citation>No text.</mixed-citation></ref></ref-list>
</back></article>"""


def tar_gz(members: dict[str, str]) -> bytes:
    """Returns an archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def gz(text: str) -> bytes:
    """Returns a compressed file."""
    return gzip.compress(text.encode())
