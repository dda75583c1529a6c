"""The report in a real browser: places, filters, narrow pages, paper.

Needs a Chromium: `apt-get install chromium`, or Chrome.
"""

import re
import shutil
import subprocess
import zlib

import pytest

from tests import script_entry
from tests.inference.test_html_in_browser import BROWSERS, FLAGS
from tests.reporting import report_world
from tests.reporting.test_report_page import Page

pytestmark = pytest.mark.slow  # a browser starts in two seconds

SERIOUS = "#fbe3d8"  # --serious-paper of report.css
MISSED = "#fbd9c9"
OURS = "#0072b2"
DARK_SHEET = "#1d1e22"


@pytest.fixture(scope="module")
def browser():
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip(f"needs a browser, one of {', '.join(BROWSERS)}")
    return None


@pytest.fixture(scope="module")
def report(tmp_path_factory, fixtures_dir):
    folder = tmp_path_factory.mktemp("report")
    ledger = report_world.make(folder, fixtures_dir)
    output = folder / "report.html"
    words = ["scripts/write_report.py", str(ledger), f"--output={output}"]
    assert script_entry.run(words) == 0
    return output


@pytest.fixture
def browse(browser, tmp_path):
    """Opens a page; returns what went to standard output and to the console."""

    def _browse(path, *arguments):
        profile = tmp_path / "profile"
        done = subprocess.run(
            [
                *(browser, *FLAGS, f"--user-data-dir={profile}"),
                *("--enable-logging=stderr", "--v=0", *arguments),
                path.as_uri(),
            ],
            capture_output=True,
            check=True,
            timeout=120,
        )
        shutil.rmtree(profile, ignore_errors=True)
        console = [
            line
            for line in done.stderr.decode().splitlines()
            if ":CONSOLE" in line
        ]
        return done.stdout.decode(), console

    return _browse


def acting(report, tmp_path, script):
    """Makes a copy without policy whose script acts as a person."""
    text = re.sub("<meta http-equiv[^>]*>", "", report.read_text("utf-8"))
    path = tmp_path / "acting.html"
    told = (
        f"<script>const told = {{}};\n{script}\n"
        "document.body.innerHTML = '';\n"
        "for (const [name, value] of Object.entries(told)) {\n"
        "  const line = document.createElement('output');\n"
        "  line.textContent = name + '=' + value;\n"
        "  document.body.append(line);\n}</script></body>"
    )
    path.write_text(text.replace("</body>", told), "utf-8")
    return path


def told(dom):
    lines = re.findall("<output>(.*?)</output>", dom)
    return dict(line.split("=", 1) for line in lines)


def test_the_page_opens_without_a_word_on_the_console(browse, report):
    dom, console = browse(report, "--dump-dom")
    assert console == []
    assert 'data-ready="yes"' in dom[:300]  # our script ran
    assert "<title>Published tables, run again</title>" in dom
    assert "<img" not in dom
    page = Page(dom.replace("<!DOCTYPE html>", ""))
    assert len(page.ids) == len(set(page.ids))


def test_nothing_but_our_script_may_act(browse, report, tmp_path):
    hacked = '<script>document.title = "hacked"</script></main>'
    text = report.read_text("utf-8").replace("</main>", hacked)
    copy = tmp_path / "hacked.html"
    copy.write_text(text, "utf-8")
    dom, console = browse(copy, "--dump-dom")
    assert "<title>Published tables, run again</title>" in dom
    assert 'data-ready="yes"' in dom[:300]
    assert any("Content Security Policy" in line for line in console)
    copy.write_text(
        text.replace("</main>", '<img src="https://localhost/x"></main>'),
        "utf-8",
    )
    _, console = browse(copy, "--dump-dom")
    assert any("localhost/x" in line for line in console)


PLACES = """
  const strip = document.querySelector("table.main svg.strip");
  const box = strip.getBoundingClientRect();
  const at = (e) => {
    const place = e.getBoundingClientRect();
    return ((place.left + place.right) / 2 - box.left).toFixed(2);
  };
  const all = (name) => [...strip.querySelectorAll(name)];
  told.seeds = all(".seed").map(at);
  told.published = all("line.published").map(at);
  told.honest = all(".honest").map(at);
  told.width = box.width;
"""


def test_dots_are_where_their_scores_are(browse, report, tmp_path):
    page = acting(report, tmp_path, PLACES)
    dom, _ = browse(page, "--dump-dom", "--window-size=1200,900")
    found = told(dom)

    def places(name):
        return [float(value) for value in found[name].split(",")]

    # The axis from 75 to 90 (one sd below the mean is 79.9), from x 14 to 236.
    def x(score):
        return 14 + 222 * (score - 75) / 15

    assert found["width"] == "250"
    expected = sorted(x(score) for score in report_world.SCORES)
    assert sorted(places("seeds")) == pytest.approx(expected, abs=0.06)
    assert places("published") == pytest.approx([x(85.63), x(89.71)], abs=0.06)
    assert places("honest") == pytest.approx([x(85.27), x(88.30)], abs=0.06)


WALK = """
  const box = document.querySelector(".errors");
  box.closest("details").open = true;
  const items = [...box.querySelectorAll("li")];
  const visible = () => items.filter(i => i.offsetParent !== null).length;
  const count = () => box.querySelector("output").textContent;
  const press = (key) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  const here = () => items.indexOf(document.activeElement);
  told.items = items.length;
  told.visible = visible();
  const kinds = [...box.querySelectorAll("input")];
  kinds[0].focus();
  told.focused = document.activeElement === kinds[0];
  for (const kind of kinds.slice(1)) kind.click();
  told.kind = kinds[0].value;
  told.missed = visible();
  told.count = count();
  press("j");
  told.first = here();
  told.place = count();
  press("j");
  told.second = here();
  press("k");
  told.back = here();
  press("k");
  told.last = here();
  told.shown = (() => {
    const list = box.querySelector("ol").getBoundingClientRect();
    const item = document.activeElement.getBoundingClientRect();
    return item.top >= list.top - 1 && item.top < list.bottom;
  })();
  kinds[0].click();
  told.none = visible();
  for (const kind of kinds) if (!kind.checked) kind.click();
  const type = box.querySelector("select");
  type.value = "Gene";
  type.dispatchEvent(new Event("change"));
  told.gene = visible();
  told.withgene = items.filter(i => /\\u2192 Gene/.test(i.textContent)).length;
"""


def test_errors_can_be_filtered_and_walked_by_keyboard(
    browse, report, tmp_path
):
    dom, _ = browse(acting(report, tmp_path, WALK), "--dump-dom")
    found = told(dom)
    text = report.read_text("utf-8")
    items = re.findall('<li tabindex="-1" data-kinds="(.*?)"', text)
    missed = [i for i, kinds in enumerate(items) if "e-missed" in kinds]
    assert found["items"] == found["visible"] == str(len(items))
    assert found["focused"] == "true"
    assert found["kind"] == "e-missed"
    assert 5 < len(missed) < len(items) - 5
    assert found["missed"] == str(len(missed))
    assert found["count"] == f"{len(missed)} sentences"
    assert found["first"] == found["back"] == str(missed[0])
    assert found["place"] == f"1 of {len(missed)} sentences"
    assert found["second"] == str(missed[1])
    assert found["last"] == str(missed[-1])  # around the end
    assert found["shown"] == "true"
    assert found["none"] == "0"
    assert found["gene"] == found["withgene"] != "0"


NARROW = """
  const width = document.documentElement.clientWidth;
  told.inner = width;
  told.scroll = document.documentElement.scrollWidth;
  for (const part of document.querySelectorAll("details")) part.open = true;
  told.opened = document.documentElement.scrollWidth;
  const inBox = (e) => e.closest(".scroll, .sentences");
  told.out = [...document.querySelectorAll("main *")].filter(e => !inBox(e) &&
    e.getBoundingClientRect().right > width + 1).map(e => e.tagName);
  const boxes = [...document.querySelectorAll(".scroll")];
  told.reachable = boxes.every(
    b => b.scrollWidth <= b.clientWidth || b.tabIndex === 0);
  told.wide = boxes.filter(b => b.scrollWidth > b.clientWidth).length > 0;
  const ours = [...document.querySelectorAll(".summary .ours")];
  told.ours = ours.length > 3 &&
    ours.every(e => e.getBoundingClientRect().right <= width);
"""


def test_nothing_is_wider_than_a_telephone(browse, report, tmp_path):
    # A headless window cannot be this narrow, a frame can.
    inner = acting(
        report,
        tmp_path,
        NARROW.replace(
            "told.reachable",
            "dispatchEvent(new Event('resize'));\ntold.reachable",
        ),
    )
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<iframe src="{inner.name}" width="360" height="800" '
        'style="border:0"></iframe><script>onload = () => {'
        "document.body.innerHTML += "
        "frames[0].document.body.innerHTML;}</script>"
    )
    dom, _ = browse(frame, "--dump-dom", "--allow-file-access-from-files")
    found = told(dom)
    assert found["inner"] == "360"
    assert found["scroll"] == found["opened"] == "360"
    assert found["out"] == ""
    assert found["wide"] == "true"
    assert found["reachable"] == "true"
    assert found["ours"] == "true"  # without a finger


def texts_of(pdf):
    """Returns the drawing commands of a PDF file, all streams together."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S)
    drawn = []
    for stream in streams:
        try:
            drawn.append(zlib.decompress(stream))
        except zlib.error:
            continue  # fonts and pictures have other filters
    return b"\n".join(drawn)


def test_it_prints_on_pages_that_are_not_empty(browse, report, tmp_path):
    pdf = tmp_path / "page.pdf"
    browse(report, f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    data = pdf.read_bytes()
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]", data)
    tables = report.read_text("utf-8").count('<section class="table"')
    assert len(boxes) > tables >= 4  # each table begins a page
    for width, height in boxes:  # A4
        assert float(width) == pytest.approx(595, abs=1)
        assert float(height) == pytest.approx(842, abs=1)
    drawn = texts_of(data)
    assert drawn.count(b"Tj") + drawn.count(b"TJ") > 300
    assert b"0 .44" in drawn  # our blue, of dots and curves


PRINTED = """
  for (const part of document.querySelectorAll("details")) part.open = false;
  const open = () => document.querySelectorAll("details[open]").length;
  told.before = open();
  dispatchEvent(new Event("beforeprint"));
  told.during = open();
  told.errors = document.querySelectorAll("details.no-print[open]").length;
  dispatchEvent(new Event("afterprint"));
  told.after = open();
"""


def test_what_is_short_is_unfolded_for_paper(browse, report, tmp_path):
    dom, _ = browse(acting(report, tmp_path, PRINTED), "--dump-dom")
    found = told(dom)
    assert found["before"] == found["after"] == found["errors"] == "0"
    text = report.read_text("utf-8")
    assert found["during"] == str(text.count('<details class="print"'))


def pixels_of(picture):
    from matplotlib.image import imread

    return (imread(picture)[..., :3] * 255).round().astype("uint8")


def count(pixels, colour):
    wanted = list(bytes.fromhex(colour[1:]))
    return int((pixels == wanted).all(axis=-1).sum())


def test_the_picture_has_the_colours(browse, report, tmp_path):
    opened = tmp_path / "opened.html"
    text = report.read_text("utf-8")
    opened.write_text(
        text.replace('<details class="no-print">', "<details open>"), "utf-8"
    )
    picture = tmp_path / "page.png"
    browse(opened, f"--screenshot={picture}", "--window-size=1200,4000")
    pixels = pixels_of(picture)
    assert pixels.shape == (4000, 1200, 3)
    assert count(pixels, OURS) > 500
    assert count(pixels, SERIOUS) > 2000
    assert count(pixels, MISSED) > 2000
    browse(
        opened,
        f"--screenshot={picture}",
        "--window-size=1200,4000",
        "--blink-settings=preferredColorScheme=0",
    )
    pixels = pixels_of(picture)
    assert count(pixels, DARK_SHEET) > 1_000_000
    assert count(pixels, "#ffffff") == 0
