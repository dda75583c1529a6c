"""Synthetic files of each kind -> their documents, exactly."""

import gzip

import pytest

from foundation.errors import InputError
from preprocessing.literature.paper_file import Job, write_documents
from preprocessing.literature.selection import Selection
from tests.preprocessing.literature.papers import (
    JATS_HEAD,
    PUBMED_HEAD,
    abstract,
    deletion,
    gz,
    jats_article,
    pubmed_article,
    pubmed_set,
    tar_gz,
)


@pytest.fixture
def formatted(tmp_path):
    """Writes a file of papers; returns the text and the receipt of it."""

    def run(content, name="in.xml", *, skip_damaged=False, **wanted):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else content.encode()
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        job = Job(str(tmp_path / "out"), Selection(**wanted), skip_damaged)
        receipt = write_documents(str(path), job)
        # Counts in are counts out and reported skips.
        skipped = sum(receipt.skipped.values())
        assert receipt.records == receipt.documents + skipped
        text = (tmp_path / "out" / "in.txt").read_bytes().decode()
        assert text.count("\n\n") == receipt.documents
        assert receipt.sentences == text.count("\n") - receipt.documents
        return text, receipt

    return run


TAGS = pubmed_article(
    1,
    "Role of <i>BRCA1</i> in CO<sub>2</sub> &amp; H<sup>+</sup> &alpha;.",
    abstract(
        "BACKGROUND|At p &lt; 0.05 it\n was &#x3b2;. It was <b>very\n"
        "<i>g</i>ood</b>, e.g. here.",
        "UNLABELLED|No label.",
        "METHODS:|<![CDATA[Mice <1 g>.]]> Rats.",
        "RESULTS|  ",
    ),
)


def test_nested_tags_entities_and_structured_abstracts(formatted):
    text, _ = formatted(pubmed_set(TAGS))
    assert text == (
        "Role of BRCA1 in CO2 & H+ α.\n"
        "BACKGROUND: At p < 0.05 it was β.\n"
        "It was very good, e.g. here.\n"
        "No label.\n"
        "METHODS: Mice <1 g>.\n"
        "Rats.\n\n"
    )


def test_labels_and_titles_are_left_out_on_request(formatted):
    text, _ = formatted(
        gz(pubmed_set(TAGS)), "in.xml.gz", titles=False, section_labels=False
    )
    lines = text.split("\n")
    assert lines[0] == "At p < 0.05 it was β."
    assert lines[3] == "Mice <1 g>."


OTHER_ABSTRACT = (
    '<OtherAbstract Type="plain-language-summary" Language="por"><AbstractText>'
    "Simples.</AbstractText></OtherAbstract>"
    '<OtherAbstract Type="Publisher" Language="por"><AbstractText Label='
    '"OBJETIVO">Avaliar a func\u0327a\u0303o. Voce\u0302 viu.</AbstractText>'
    "</OtherAbstract>"
)
MANY = pubmed_set(
    pubmed_article(1, "[Effect of x (author's transl)].", language="ger"),
    pubmed_article(2, "[Not Available].", language="fre"),
    pubmed_article(3, "Only a title.", ""),
    pubmed_article(4, date="<MedlineDate>1998 Dec-1999 Jan</MedlineDate>"),
    pubmed_article(5, kind="Retracted Publication"),
    pubmed_article(
        6,
        after='<CommentsCorrectionsList><CommentsCorrections RefType="Retra'
        'ctionIn"><PMID>5</PMID></CommentsCorrections>'
        "</CommentsCorrectionsList>",
    ),
    pubmed_article(
        7,
        "Cut.",
        abstract("It was long. It was (ABSTRACT TRUNCATED AT 250 WORDS)"),
    ),
    pubmed_article(
        8,
        "Both.",
        abstract("In English.")
        + "<VernacularTitle>Função e você.</VernacularTitle>",
        language="eng,por",
        after=OTHER_ABSTRACT,
    ),
    pubmed_article(9, date=""),
    "<PubmedArticle><PubmedData/></PubmedArticle>",
    "<PubmedBookArticle><BookDocument><PMID>10</PMID><Book><BookTitle>A book."
    "</BookTitle><PubDate><Year>1993</Year></PubDate></Book><Language>eng"
    "</Language><Abstract><AbstractText>Of a book.</AbstractText></Abstract>"
    "</BookDocument></PubmedBookArticle>",
    deletion(77, 78),
)
USUAL = "One sentence.\nAnother one.\n\n"


def test_every_record_is_written_or_skipped_for_a_reason(formatted):
    text, receipt = formatted(MANY)
    assert text == (
        "Effect of x\n" + USUAL + USUAL + "A title.\n" + USUAL + "Cut.\n"
        "It was long.\nIt was\n\nBoth.\nIn English.\n\nA title.\n"
        + USUAL
        + "A book.\nOf a book.\n\n"
    )
    assert receipt.skipped == {
        "no abstract": 1,
        "no paper in the record": 1,
        "retracted": 2,
    }
    assert (receipt.records, receipt.deletions) == (11, 2)
    assert receipt.truncated == 1


@pytest.mark.parametrize(
    ("wanted", "documents", "skipped"),
    [
        ({"languages": ("ger", "por")}, 2, {"another language": 6}),
        ({"first_year": 1999}, 4, {"another year": 2, "no year": 1}),
        ({"last_year": 1998}, 2, {"another year": 5, "no year": 1}),
        ({"title_alone": True}, 8, {}),
        ({"retracted": True}, 9, {"no abstract": 1}),
        ({"text_language": "por"}, 1, {"no text in that language": 7}),
    ],
)
def test_what_is_not_wanted_is_counted(formatted, wanted, documents, skipped):
    _, receipt = formatted(MANY, **wanted)
    assert receipt.documents == documents
    assert {k: receipt.skipped[k] for k in skipped} == skipped


def test_translated_text_with_its_accents(formatted):
    wanted = {"text_language": "por", "languages": ("por",)}
    text, _ = formatted(MANY, **wanted)
    assert text == "Função e você.\nOBJETIVO: Avaliar a função.\nVocê viu.\n\n"
    as_it_is, _ = formatted(MANY, compose=False, **wanted)
    assert "func\u0327a\u0303o" in as_it_is


JATS_FRONT = """<title-group><article-title>Nodes<xref ref-type="fn">*</xref> \
in <italic>E. coli</italic><sup><xref ref-type="bibr">1</xref></sup>\
</article-title><trans-title-group xml:lang="pt"><trans-title>Nós</trans-title>\
</trans-title-group></title-group>
<abstract><title>Abstract</title><sec><title>Aim:</title><p>To look. To see.\
</p></sec><sec><title>Result</title><p>Seen.</p></sec></abstract>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
<trans-abstract xml:lang="pt"><p>Olhar. Ver.</p></trans-abstract>"""
JATS_BODY = """<p>No heading. <xref ref-type="fig">Figure 1</xref> shows it.</p>
<sec><label>1.</label><title>Methods</title>
<p>As before [<xref ref-type="bibr">1</xref>&#8211;<xref ref-type="bibr">3\
</xref>]. As in (<xref ref-type="bibr">Smith, 2001</xref>).<table-wrap><table>
<tr><td>7</td></tr></table></table-wrap> After a table.</p>
<fig><caption><p>No text.</p></caption></fig>
<sec><title>Deeper</title><p>It was <inline-formula><alternatives><tex-math>\
\\alpha</tex-math><mml:math><mml:mi>&alpha;</mml:mi></mml:math></alternatives>\
</inline-formula>.<disp-formula>x = 1</disp-formula></p>
<list><list-item><label>a</label><p>Item one.</p></list-item>
<list-item><p>Item two.</p></list-item></list></sec></sec>"""
JATS_TEXT = """Nodes in E. coli
Aim: To look.
To see.
Result: Seen.
No heading.
Figure 1 shows it.
Methods
As before.
As in (Smith, 2001).
After a table.
Deeper
It was α.
Item one.
Item two.

"""


@pytest.mark.parametrize("name", ["in.nxml", "in.tar.gz", "in.xml"])
def test_full_text_of_jats(formatted, name):
    article = jats_article(JATS_FRONT, JATS_BODY)
    text, times = JATS_HEAD + article, 1
    if name == "in.tar.gz":
        other = JATS_HEAD + jats_article(JATS_FRONT, JATS_BODY, number=2)
        text = tar_gz({"PMC0/a.xml": text, "b.txt": "No.", "PMC0/c.xml": other})
        times = 2
    if name == "in.xml":  # OAI-PMH, with a namespace
        article = article.replace("<article ", '<article xmlns="urn:jats" ')
        article = article.replace("&alpha;", "α")
        record = f"<record><metadata>{article}</metadata></record>"
        records = f"<ListRecords>{record * 3}</ListRecords>"
        text, times = f'<OAI-PMH xmlns="urn:oai">{records}</OAI-PMH>', 3
    found, _ = formatted(text, name)
    assert found == JATS_TEXT * times


def test_other_choices_of_jats(formatted):
    text = JATS_HEAD + jats_article(JATS_FRONT, JATS_BODY)
    found, _ = formatted(text, full_text=False, section_labels=False)
    assert found == "Nodes in E. coli\nTo look.\nTo see.\nSeen.\n\n"
    found, _ = formatted(text, text_language="por")
    assert found == "Nós\nOlhar.\nVer.\n\n"
    assert formatted(text, last_year=2003)[1].documents == 1
    withdrawn = text.replace("<article-title>", "<article-title>RETRACTED: ")
    assert formatted(withdrawn)[1].skipped == {"retracted": 1}


BOMB = """<?xml version="1.0"?>
<!DOCTYPE article [<!ENTITY a "canary"><!ENTITY b "&a;&a;&a;">]>
<article><front><article-meta/></front></article>"""
DAMAGED = {
    "entities of its own": (BOMB, "declares itself"),
    "external entities": (
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        "declares itself",
    ),
    "cut": (pubmed_set(TAGS)[:-30], "unclosed token"),
    "unknown entity": (
        pubmed_set(TAGS.replace("&alpha;", "&canary;")),
        "undefined entity",
    ),
    "mismatched": (PUBMED_HEAD + "<canary></x>", "mismatched tag"),
    "no XML": ("canary", "syntax error"),
    "empty": ("", "no element found"),
    "another kind": ("<html><p>canary</p></html>", "without a paper"),
    "deep": (
        pubmed_set(TAGS.replace("BRCA1", "<i>" * 5000 + "</i>" * 5000)),
        "too deeply",
    ),
}


@pytest.mark.parametrize("way", DAMAGED)
def test_damaged_files_stop_the_run_or_are_counted(formatted, tmp_path, way):
    text, said = DAMAGED[way]
    with pytest.raises(InputError, match=said) as caught:
        formatted(text)
    assert "canary" not in str(caught.value)
    assert not (tmp_path / "out" / "in.txt").exists()
    _, receipt = formatted(text, skip_damaged=True)
    assert receipt.skipped["damaged"] == 1


PAPERS = [pubmed_article(n, f"Title {n}.") for n in range(1, 5)]


def test_papers_before_a_damage_stay(formatted):
    # All in one block of the reader; the last one may be cut.
    content = pubmed_set(*PAPERS)
    end = content.index("Title 4")
    ways = {
        "in.xml": content[:end] + "<canary></other>" + content[end:],
        "cut/in.xml": content[:end],
        # Stored, not compressed: half of it is half of the text.
        "in.xml.gz": gzip.compress(content.encode(), 0)[: end + 30],
    }
    for name, data in ways.items():
        text, receipt = formatted(data, name, skip_damaged=True)
        assert receipt.skipped == {"damaged": 1}, name
        assert text == "".join(f"Title {n}.\n{USUAL}" for n in (1, 2, 3)), name


def test_half_of_a_compressed_file(formatted):
    data = gz(pubmed_set(TAGS))
    with pytest.raises(InputError, match="not whole"):
        formatted(data[: len(data) // 2], "in.xml.gz")
    archive = tar_gz({"a.xml": JATS_HEAD + jats_article(JATS_FRONT)})
    with pytest.raises(InputError, match="not whole"):
        formatted(archive[: len(archive) // 2], "in.tar.gz")


def test_a_damaged_file_of_an_archive_leaves_the_others(formatted):
    whole = JATS_HEAD + jats_article(JATS_FRONT)
    archive = tar_gz({"a.xml": whole[:500], "b.xml": whole})
    text, receipt = formatted(archive, "in.tar.gz", skip_damaged=True)
    assert (receipt.documents, receipt.skipped) == (1, {"damaged": 1})
    assert text.startswith("Nodes in E. coli\n")
