"""Files written by hand, in the shape that each corpus is handed out."""

from __future__ import annotations

import json
import traceback

import pytest

from foundation.errors import InputError
from tests.annotation_corpora import read

SECRET = "Zyxwyth"  # stands in texts; never in an error


@pytest.fixture
def folder(tmp_path):
    def make(files):
        for name, text in files.items():
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
        return tmp_path / "in"

    return make


def found_in(documents):
    return [
        (d.id, m.type, *[d.text[a:b] for a, b in m.fragments])
        for d in documents
        for m in d.mentions
    ]


def test_2006_records(folder):
    path = folder(
        {
            "train.xml": '<?xml version="1.0" encoding="UTF-8"?>\n<ROOT>\n'
            '<RECORD ID="7">\n<TEXT>\nADM : <PHI TYPE="DATE">01/02</PHI>/1995 '
            '&amp; <PHI TYPE="DOCTOR">JO &lt; LEE</PHI> .\n</TEXT>\n</RECORD>\n'
            '<RECORD ID="8"><TEXT>none</TEXT></RECORD></ROOT>\n'
        }
    )
    documents, account = read("i2b2_2006", path)
    assert [d.text for d in documents] == [
        "\nADM : 01/02/1995 & JO < LEE .\n",
        "none",
    ]
    assert found_in(documents) == [
        ("7", "DATE", "01/02"),
        ("7", "DOCTOR", "JO < LEE"),
    ]
    assert (account["documents"], account["annotations"]) == (2, 2)


def test_the_published_slip_of_2006_is_shown_by_its_line(folder):
    path = folder(
        {
            "x.xml": '<ROOT><RECORD ID="1"><TEXT>\n<PHI TYPE="DATE">'
            f'{SECRET}<PHI TYPE="DOCTOR">\n</TEXT></RECORD></ROOT>'
        }
    )
    with pytest.raises(InputError, match=r"x\.xml:2: the text has a tag") as e:
        read("i2b2_2006", path)
    assert SECRET not in str(e.value)


def test_entities_of_xml_are_refused(folder):
    path = folder(
        {
            "x.xml": '<!DOCTYPE ROOT [<!ENTITY a "b">]><ROOT><RECORD ID="1">'
            "<TEXT>&a;</TEXT></RECORD></ROOT>"
        }
    )
    with pytest.raises(InputError, match="declares entities"):
        read("i2b2_2006", path)


def test_2010_folders_beside_each_other(folder):
    text = ' Admission Date :\n\nHe  has Chest Pain , "bad" x .\n'
    path = folder(
        {
            "beth/txt/record-13.txt": text,
            "beth/concept/record-13.con": 'c="chest pain" 3:2 3:3||t="drug"\n'
            'c=""bad" x" 3:5 3:6||t="test"\n'
            'c="admission" 1:0 1:0||t="treatment"\n',
            "partners/txt/1_DH.txt": "fine",
            "partners/concept/1_DH.con": "",
        }
    )
    documents, _ = read("i2b2_2010", path)
    assert [d.id for d in documents] == ["beth/record-13", "partners/1_DH"]
    assert documents[0].text == text
    assert found_in(documents) == [
        ("beth/record-13", "drug", "Chest Pain"),
        ("beth/record-13", "test", '"bad" x'),
        ("beth/record-13", "treatment", "Admission"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f'c="{SECRET}" 1:0||t="x"', "no annotation of this format"),
        (f'c="{SECRET}" 1:0 1:9||t="x"', "tokens that the text has not"),
        (f'c="{SECRET}" 2:0 2:0||t="x"', "tokens that the text has not"),
        (f'c="{SECRET}" 1:1 1:0||t="x"', "tokens that the text has not"),
        (f'c="{SECRET}s" 1:0 1:0||t="x"', "not what stands at its offsets"),
        (f'c="{SECRET}" 1:0 1:0||a="x"', "no annotation of this format"),
    ],
)
def test_lines_that_are_wrong(folder, line, message):
    path = folder({"a.txt": f"{SECRET} b", "a.con": f"\n{line}\n"})
    with pytest.raises(InputError, match=message) as error:
        read("i2b2_2010", path)
    assert "a.con:2" in str(error.value)
    assert SECRET not in str(error.value)


def test_2012_events_times_and_what_else_there_is(folder):
    path = folder(
        {
            "36.xml.txt": "ADMISSION DATE :\n10/12\nseen\n",
            "36.xml.extent": 'EVENT="ADMISSION" 1:0 1:0||type="OCCURRENCE"||'
            'modality="FACTUAL"||polarity="POS"\n'
            'TIMEX3="10/12" 2:0 2:0||type="DATE"||val="1998-10-12"||mod="NA"\n'
            'SECTIME="10/12" 2:0 2:0||type="ADMISSION"||dvalue="x"\n',
        }
    )
    documents, account = read("i2b2_2012", path)
    assert found_in(documents) == [
        ("36", "OCCURRENCE", "ADMISSION"),
        ("36", "TIMEX3-DATE", "10/12"),
    ]
    assert account["left alone: relations, events and other kinds"] == 1


def note_2014(tags, text="\n\n\nRecord date: 2067-05-03\nDr. Lee & Lee"):
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<deIdi2b2>\n<TEXT><![CDATA['
        f"{text}]]></TEXT>\n<TAGS>\n{tags}</TAGS>\n</deIdi2b2>\n"
    )


def test_2014_offsets_count_from_the_text(folder):
    tags = (
        '<DATE id="P0" start="16" end="26" text="2067-05-03" TYPE="DATE" '
        'comment="" />\n<NAME id="P1" start="31" end="34" text="Lee" '
        'TYPE="DOCTOR" comment="" />\n'
    )
    documents, _ = read("i2b2_2014", folder({"110-01.xml": note_2014(tags)}))
    assert found_in(documents) == [
        ("110-01", "DATE", "2067-05-03"),
        ("110-01", "DOCTOR", "Lee"),
    ]


def test_a_wrong_offset_stops_or_is_moved_or_kept(folder):
    tag = '<NAME id="P1" start="35" end="39" text="Lee" TYPE="DOCTOR" />\n'
    path = folder({"180-03.xml": note_2014(tag)})
    with pytest.raises(InputError, match=r"180-03\.xml:9: an annotation's"):
        read("i2b2_2014", path)
    documents, account = read("i2b2_2014", path, mismatches="move")
    assert documents[0].mentions[0].fragments == ((37, 40),)
    assert account["texts that differ: moved to the nearest place"] == 1
    documents, account = read("i2b2_2014", path, mismatches="keep")
    assert documents[0].mentions[0].fragments == ((35, 39),)
    assert account["texts that differ: offsets kept"] == 1


def test_brat_joins_what_a_line_break_cut(folder):
    path = folder(
        {
            "a.txt": "chest\npain, left and right arm",
            "a.ann": "T1\tSign 0 5;6 10\tchest pain\n"
            "T2\tPlace 12 16;27 30\tleft arm\nR1\tAt Arg1:T1 Arg2:T2\n"
            "#1\tNote T1\tx\n",
        }
    )
    documents, account = read("brat", path)
    assert [m.fragments for m in documents[0].mentions] == [
        ((0, 10),),
        ((12, 16), (27, 30)),
    ]
    assert account["left alone: relations, events and other kinds"] == 2


def test_papers(folder):
    path = folder(
        {
            "corpus.pubtator": "12|t|Naloxone works.\r\n"
            "12|a|It is |a| drug.\r\n"
            "12\t0\t8\tNaloxone\tChemical\tD009270\r\n"
            "12\t26\t30\tdrug\tChemical\t-1\textra\r\n"
            "12\tCID\tD009270\tD003\r\n\r\n13|t|Next\n13|a|\n"
        }
    )
    documents, account = read("pubtator", path)
    assert [d.text for d in documents] == [
        "Naloxone works.\nIt is |a| drug.",
        "Next\n",
    ]
    assert found_in(documents) == [
        ("12", "Chemical", "Naloxone"),
        ("12", "Chemical", "drug"),
    ]
    assert account["left alone: relations, events and other kinds"] == 1


def bigbio_line(**values):
    return json.dumps(
        {
            "id": "0",
            "document_id": "227508",
            "passages": [
                {"id": "1", "type": "title", "text": ["Naloxone acts."],
                 "offsets": [[0, 14]]},
                {"id": "2", "type": "abstract", "text": ["A drug."],
                 "offsets": [[15, 22]]},
            ],
            "entities": [
                {"id": "3", "offsets": [[0, 8], [17, 21]], "type": "Chemical",
                 "text": ["Naloxone", "drug"], "normalized": []},
            ],
            "events": [], "coreferences": [], "relations": [{"id": "9"}],
            **values,
        }
    )  # fmt: skip


def test_bigbio(folder):
    documents, account = read("bigbio", folder({"x.jsonl": bigbio_line()}))
    assert documents[0].text == "Naloxone acts. A drug."
    assert documents[0].sections == ((0, 14), (15, 22))
    assert found_in(documents) == [
        ("227508", "Chemical", "Naloxone", "drug"),
    ]
    assert account["left alone: relations, events and other kinds"] == 1


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("bigbio", {"x.jsonl": '{"a": "' + SECRET}, r"x\.jsonl:1: the line"),
        ("bigbio", {"x.jsonl": f'["{SECRET}"]'}, "no document of BigBIO's"),
        (
            "bigbio",
            {"x.jsonl": bigbio_line() + "\n" + bigbio_line()},
            "two documents have one name",
        ),
        ("pubtator", {"x.txt": f"{SECRET}\n"}, "before its title"),
        ("pubtator", {"x.txt": f"1|t|{SECRET}\n1|t|b"}, "told twice"),
        ("pubtator", {"x.txt": f"1|t|{SECRET}\n1\t0\t9"}, "not PubTator's"),
        ("brat", {"a.txt": SECRET}, "no annotations"),
        ("brat", {"a.txt": SECRET, "b.ann": ""}, "do not belong together"),
        (
            "brat",
            {"a.txt": SECRET, "a.ann": "", "b.txt": SECRET},
            "do not belong together",
        ),
        ("brat", {"a.txt": SECRET, "a.ann": "T1\tX 0 99\tq"}, "outside its"),
        ("i2b2_2014", {"a.xml": f"<a>{SECRET}"}, "not XML"),
        ("i2b2_2014", {"a.xml": f"<a>{SECRET}</a>"}, "not i2b2's"),
        ("i2b2_2014", {"a.xml": note_2014("<X/>")}, "no annotation of 2014"),
        (
            "i2b2_2014",
            {"a.xml": note_2014(f'<X start="{SECRET}" end="1" TYPE="A"/>')},
            "no annotation of 2014",
        ),
        (
            "bigbio",
            {
                "x.jsonl": bigbio_line(
                    entities=[
                        {
                            "id": "3",
                            "offsets": [[SECRET, 8]],
                            "type": "X",
                            "text": ["q"],
                        }
                    ]
                )
            },
            "no document of BigBIO",
        ),
        (
            "pubtator",
            {"x.txt": f"1|t|a\n1|a|b\n1\t0\t{SECRET}\ta\tX\t\n"},
            "not PubTator",
        ),
    ],
)
def test_files_that_cannot_be_read(folder, name, files, message):
    with pytest.raises(InputError, match=message) as error:
        read(name, folder(files))
    assert SECRET not in str(error.value)
    # Nor where --debug shows the trace, with what the error came from.
    assert SECRET not in "".join(traceback.format_exception(error.value))


def test_an_entity_of_no_part_is_refused(folder):
    entity = {"id": "3", "offsets": [], "type": "X", "text": []}
    path = folder({"x.jsonl": bigbio_line(entities=[entity])})
    with pytest.raises(InputError, match=r"x\.jsonl:1: an annotation is out"):
        read("bigbio", path)
