import random
import textwrap

import pytest

from preprocessing.line_breaks import paragraph_spans

PROSE = (
    "The patient is a 75-year-old female who presents today for follow-up of "
    "diabetes and reports that her most recent hemoglobin A1C was 9.9% on "
    "metformin 500 mg twice a day, which she takes regularly with her meals. "
    "She denies chest pain, shortness of breath, nausea, vomiting or fever."
)


def paragraphs(text):
    return [text[start:end] for start, end in paragraph_spans(text)]


@pytest.mark.parametrize("width", [50, 60, 72, 76, 80, 100, 120])
def test_wrapped_prose_is_one_paragraph(width):
    wrapped = textwrap.fill(PROSE, width)
    assert wrapped.count("\n") >= 2
    assert paragraphs(wrapped) == [wrapped]


def test_a_number_or_name_at_the_start_of_a_wrapped_line_goes_on():
    firsts = set()
    for width in range(60, 100):
        wrapped = textwrap.fill(PROSE, width)
        firsts.update(line[0] for line in wrapped.split("\n")[1:])
        assert paragraphs(wrapped) == [wrapped]
    assert {"A", "S", "9", "5"} & firsts


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_any_line_end(end):
    text = f"Allergies{end}None known{end}{end}Sulfa"
    assert paragraphs(text) == ["Allergies", "None known", "Sulfa"]


@pytest.mark.parametrize(
    "text",
    [
        "BP 120/80\nHR 70\nRR 18",
        "aspirin 81 mg\nmetoprolol 50 mg\ninsulin",  # as a hurried hand writes
        "Chief Complaint:\nLeg pain",
        "MEDICATIONS\nAspirin",
        "_____\nFINAL REPORT\n=====",
    ],
)
def test_short_lines_end_by_themselves(text):
    assert paragraphs(text) == text.split("\n")
    beside_prose = textwrap.fill(PROSE, 76) + "\n\n" + text
    assert paragraphs(beside_prose)[1:] == text.split("\n")


def test_lists_beside_and_inside_wrapped_prose():
    item = "2. Lack of evidence of malignancy should not delay a biopsy if a\n"
    item += "suspicious mass is present."
    lines = textwrap.fill(PROSE, 66) + "\n" + item + "\n- Edema\n• Pain\n(a) x"
    assert paragraphs(lines)[1:] == [item, "- Edema", "• Pain", "(a) x"]


def test_lines_wider_than_any_wrapping_end_by_themselves():
    lines = [PROSE, PROSE.replace("The", "the"), "and so on"]
    assert paragraphs("\n".join(lines)) == lines
    beside_prose = textwrap.fill(PROSE, 76)
    assert paragraphs("\n\n".join([beside_prose, "\n".join(lines)])) == [
        beside_prose,
        *lines,
    ]


def test_a_wide_line_among_wrapped_ones_ends_by_itself():
    header = (
        "Admission Date: 2115-4-13" + 50 * " " + "Discharge Date: 2115-4-16"
    )
    text = textwrap.fill(PROSE, 76) + f"\n\n{header}\nService: NEUROLOGY"
    assert paragraphs(text)[1:] == [header, "Service: NEUROLOGY"]


def test_a_label_at_the_end_of_a_full_line_is_no_heading():
    prose = textwrap.fill(PROSE, 76)
    full = "She lives at home with her husband and with her daughter. Status:"
    text = f"{prose}\n\n{full}\nResuscitation is not wanted."
    assert paragraphs(text)[1:] == [text[len(prose) + 2 :]]
    heading = full.replace(".", "").replace("She", "How she")
    assert len(paragraphs(f"{prose}\n\n{heading}\nResuscitation no")) == 3


def test_a_wrapped_full_stop_stays_with_its_sentence():
    text = textwrap.fill(PROSE, 76)[:-1] + "\n."
    assert paragraphs(text) == [text]


def test_spans_hold_every_character_that_is_no_white_space():
    drawn = random.Random(4)
    for _ in range(1000):
        text = "".join(
            drawn.choices("aB1 .-:_\t\n\r\x0b\x0c\x85\u00a0\u2028\u200b", k=60)
        )
        last = 0
        kept = ""
        for start, end in paragraph_spans(text):
            assert last <= start < end
            assert text[start:end] == text[start:end].strip()
            kept += text[start:end]
            last = end
        assert "".join(kept.split()) == "".join(text.split())
