"""Where things are in the pictures, and that the pictures are well-formed."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from reporting import report_charts, report_curves
from reporting.history import Series
from reporting.report_axes import axis
from reporting.report_charts import Bars, Mark
from reporting.report_data import spread
from tests.reporting import report_world
from tests.reporting.ledgers import row


def shapes(svg, css_class):
    found = re.search("<svg.*</svg>", svg, re.S)
    root = ElementTree.fromstring(found.group())
    return [e for e in root.iter() if css_class in e.get("class", "").split()]


@pytest.mark.parametrize(
    ("values", "low", "high", "step"),
    [
        ([78.0, 82.0], 78, 82, 1),
        ([79.9, 89.71], 75, 90, 5),
        ([0.0, 100.0], 0, 100, 50),
        ([0.0, 340.0], 0, 400, 100),
        ([0.02, 0.51], 0, 0.6, 0.2),
        ([-1.0, 3.7], -2, 4, 2),
    ],
)
def test_an_axis_has_round_ends_around_the_values(values, low, high, step):
    found = axis(values, start=0, end=10)
    assert (found.low, found.high, found.step) == pytest.approx(
        (low, high, step)
    )
    assert found.place(found.low) == 0
    assert found.place(found.high) == 10
    assert found.marks()[0] == pytest.approx(low)
    assert found.marks()[-1] == pytest.approx(high)


def test_one_value_has_an_axis():
    found = axis([70.0], start=0, end=10, least=2)
    assert found.low < 70 < found.high
    assert found.high - found.low >= 2


def test_marks_have_the_digits_they_need():
    found = axis([0.0, 0.5], start=0, end=1)
    assert [found.text(v) for v in found.marks()][:2] == ["0.0", "0.2"]
    assert axis([0.0, 4e4], start=0, end=1).text(20_000) == "20k"


def test_the_band_of_one_sd_is_not_cut_off():
    svg = report_charts.strip(spread([70, 80]), [], label="x")
    (band,) = shapes(svg, "band")
    marks = shapes(svg, "scale")
    low, high = (float(marks[i].text) for i in (0, -1))
    a_percent = 222 / (high - low)  # from x 14 to 236
    # One sd is 7.07 to each side, the seeds are 5 away.
    assert float(band.get("width")) == pytest.approx(
        2 * 50**0.5 * a_percent, abs=0.1
    )


def test_a_band_ends_where_scores_end():
    svg = report_charts.strip(spread([99, 89]), [], label="x")
    assert float(shapes(svg, "scale")[-1].text) == 100


def test_every_seed_is_a_dot_at_its_place():
    # 79 to 89.71 is drawn on an axis from 75 to 90, from x 14 to 236.
    marks = [Mark("BioBERT", 89.71), Mark("BioBERT", 88.3, honest=True)]
    svg = report_charts.strip(spread([79, 80, 84]), marks, label="x")
    dots = [float(e.get("cx")) for e in shapes(svg, "seed")]
    assert dots == pytest.approx(
        [14 + 222 * (v - 75) / 15 for v in (79, 80, 84)], abs=0.01
    )
    (published,) = shapes(svg, "published")
    at = 14 + 222 * 14.71 / 15
    assert float(published.get("x1")) == pytest.approx(at, abs=0.01)
    (honest,) = shapes(svg, "honest")
    x = float(re.match("M([0-9.]+) ", honest.get("d")).group(1))
    assert x == pytest.approx(14 + 222 * 13.3 / 15, abs=0.01)
    assert "ours 79.00, 80.00, 84.00" in svg
    assert "BioBERT 88.30 (honest)" in svg


def test_equal_seeds_do_not_hide_each_other():
    svg = report_charts.strip(spread([80, 80, 80]), [], label="x")
    places = {(e.get("cx"), e.get("cy")) for e in shapes(svg, "seed")}
    assert len(places) == 3


def test_the_band_stays_inside():
    svg = report_charts.strip(spread([2, 98]), [], label="x", whole=True)
    (band,) = shapes(svg, "band")
    x, width = float(band.get("x")), float(band.get("width"))
    assert x >= 14
    assert x + width <= 190 - 14 + 0.01


def test_bars_are_as_long_as_their_scores():
    lines = [
        Bars("a", spread([40, 60]), [Mark("A", 80), Mark("B", 20)]),
        Bars("b", spread([10]), [Mark("B", 100)]),
    ]
    svg = report_charts.bars(lines, label="x")
    full = 760 - 14 - 200
    ours = [float(e.get("width")) / full for e in shapes(svg, "ours")]
    assert ours == pytest.approx([0.5, 0.1], abs=1e-4)
    second = [float(e.get("width")) / full for e in shapes(svg, "p1")]
    assert second == pytest.approx([0.2, 1.0], abs=1e-4)
    assert len(shapes(svg, "seed")) == 3


def test_pairs_are_dots():
    svg = report_charts.scatter([(0, 1), (4, 4), (2, 3)], label="x")
    dots = [
        (float(e.get("cx")), float(e.get("cy"))) for e in shapes(svg, "pair")
    ]
    assert dots[1] == (330, 10)
    assert len(dots) == 3


def test_long_curves_are_thinned_and_keep_their_ends():
    series = Series(np.arange(5000), np.arange(5000.0), 0)
    thin = report_curves.thinned(series)
    assert len(thin) == report_curves.MAX_POINTS
    assert thin.steps[0] == 0
    assert thin.steps[-1] == 4999
    assert report_curves.thinned(thin) is thin


def test_curves_of_all_seeds_are_in_one_chart(tmp_path):
    rows = [row(seed=seed) for seed in (1, 2)]
    for each in rows:
        report_world.metrics(tmp_path / each.folder, each.score)
    text = report_curves.curves_of(rows, ledger_folder=str(tmp_path))
    loss, dev = re.findall("<svg.*?</svg>", text, re.S)
    assert len(shapes(loss, "line")) == 2
    assert len(shapes(loss, "chosen")) == 0
    assert len(shapes(dev, "line")) == 2
    # The step that was scored, 300 of an axis to 400.
    rings = [float(e.get("cx")) for e in shapes(dev, "chosen")]
    assert rings == pytest.approx([46 + 362 * 300 / 400] * 2, abs=0.01)
    assert len(shapes(dev, "line")[0].get("points").split()) == 11


def test_runs_that_are_gone_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    rows = [row(folder="nowhere"), row(seed=2, folder="empty")]
    text = report_curves.curves_of(rows, ledger_folder=str(tmp_path))
    assert "<svg" not in text
    assert "seed 1: the run's folder is not there" in text.replace(
        "&#x27;", "'"
    )
    assert "seed 2: nothing was logged" in text
