"""Concept files and their scores, against tables made by hand."""

from __future__ import annotations

import stat

import pytest
from absl import flags

from foundation.errors import InputError
from tests.scripts.script_runs import load_script

# (words gold predicted), sentence by sentence.
RESULTS = """\
Mr. O O
Lee B-PATIENT B-PATIENT
Roe I-PATIENT I-PATIENT
had O O
a O B-DATE

May B-DATE I-DATE
2 I-DATE I-DATE
at O O
St B-LOCATION-OTHER B-HOSPITAL
Ann I-LOCATION-OTHER I-LOCATION-OTHER

12 B-ID B-ID
13 B-ID I-ID
"""
GOLD = """\
c="lee roe" 1:1 1:2||t="Patient"
c="may 2" 2:0 2:1||t="Date"
c="st ann" 2:3 2:4||t="Location-other"
c="12" 3:0 3:0||t="Id"
c="13" 3:1 3:1||t="Id\""""
FOUND = """\
c="lee roe" 1:1 1:2||t="Patient"
c="a" 1:4 1:4||t="Date"
c="may 2" 2:0 2:1||t="Date"
c="st" 2:3 2:3||t="Hospital"
c="ann" 2:4 2:4||t="Location-other"
c="12 13" 3:0 3:1||t="Id\""""


@pytest.fixture
def script(root_dir):
    def run(name, function, **values):
        module = load_script(root_dir, name)
        fv = flags.FlagValues()
        module.define_flags(fv)
        fv([name, *(f"--{k}={v}" for k, v in values.items())])
        return getattr(module, function)(fv)

    return run


@pytest.fixture
def score(script, tmp_path):
    def run(gold, found):
        for name, text in (("gold", gold), ("pred", found)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "i2b2.con").write_text(text)
        lines = script(
            "score_i2b2",
            "score",
            input_gold_dir=tmp_path / "gold",
            input_pred_dir=tmp_path / "pred",
            output_dir=tmp_path,
        )
        return lines, (tmp_path / "final_results.txt").read_text()

    return run


def formatted(script, tmp_path, text, **values):
    results = tmp_path / "NER_result_conll.txt"
    results.write_text(text)
    script(
        "format_for_i2b2_eval",
        "format_results",
        results_file=results,
        output_gold_dir=tmp_path / "gold",
        output_pred_dir=tmp_path / "pred",
        **values,
    )
    return [
        (tmp_path / name / "i2b2.con").read_text() for name in ("gold", "pred")
    ]


def test_tags_to_concepts(script, tmp_path):
    assert formatted(script, tmp_path, RESULTS) == [GOLD, FOUND]
    mode = (tmp_path / "pred" / "i2b2.con").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_scores_by_hand(score):
    # 2 of 6 predictions are right, 2 of 5 are found; F1 = 2 * 2 / (6 + 5).
    lines, text = score(GOLD, FOUND)
    assert lines == [
        "Predicted events: 6, Gold events: 5",
        "Exact Precision: 0.33333, Recall: 0.40000, F1: 0.36364",
    ]
    assert text == "Precision\tRecall\tF1\n0.33333\t0.40000\t0.36364\n"


@pytest.mark.parametrize(
    ("gold", "found", "numbers"),
    [
        (GOLD, GOLD, "1.00000\t1.00000\t1.00000"),
        (GOLD, "", "0.00000\t0.00000\t0.00000"),
        ("", FOUND, "0.00000\t0.00000\t0.00000"),
        ("", "", "0.00000\t0.00000\t0.00000"),
        # Nothing matches: another label, another place, another text.
        ('c="a" 1:0 1:0||t="X"', 'c="a" 1:0 1:0||t="Y"', "0.00000\t" * 3),
        ('c="a" 1:0 1:0||t="X"', 'c="a" 1:0 1:1||t="X"', "0.00000\t" * 3),
        ('c="a" 1:0 1:0||t="X"', 'c="b" 1:0 1:0||t="X"', "0.00000\t" * 3),
        # Told twice, it counts twice: 2 of 3 right, 1 of 1 found.
        (
            'c="a" 1:0 1:0||t="X"',
            'c="a" 1:0 1:0||t="X"\nc="a" 1:0 1:0||t="X"\nc="b" 1:1 1:1||t="X"',
            "0.66667\t1.00000\t0.80000",
        ),
    ],
)
def test_edges(score, gold, found, numbers):
    assert score(gold, found)[1].split("\n")[1] == numbers.strip("\t")


def test_tags_without_type(script, tmp_path):
    text = "a B-MISC O-MISC\nb O-MISC B-MISC\n"
    assert formatted(script, tmp_path, text) == [
        'c="a" 1:0 1:0||t="Misc"',
        'c="b" 1:1 1:1||t="Misc"',
    ]


def test_the_con_files_of_a_corpus(script, tmp_path):
    for name, label in (("gold", "test"), ("pred", "problem")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.con").write_text('c="a" 1:0 1:0||t="test"\n')
        line = f'c="a" 1:0 1:0||t="{label}"\n'
        (tmp_path / name / "2.con").write_text(line)
    values = {
        "input_gold_dir": tmp_path / "gold",
        "input_pred_dir": tmp_path / "pred",
        "output_dir": tmp_path / "out",
    }
    lines = script("score_i2b2", "score", **values)
    assert lines[1] == "Exact Precision: 0.50000, Recall: 0.50000, F1: 0.50000"
    with pytest.raises(InputError, match="there already"):
        script("score_i2b2", "score", **values, overwrite=False)
    (tmp_path / "gold" / "3.con").write_text("")
    with pytest.raises(InputError, match="do not belong together"):
        script("score_i2b2", "score", **values)


def test_errors_show_no_text(score, script, tmp_path):
    with pytest.raises(InputError, match=r"i2b2\.con:2: the line is no") as e:
        score('c="a" 1:0 1:0||t="X"\nc="Zyxwyth" 1:0||t="X"', "")
    assert "Zyxwyth" not in str(e.value)
    with pytest.raises(InputError, match="wrong number of columns"):
        formatted(script, tmp_path, "Zyxwyth B-X\n")
