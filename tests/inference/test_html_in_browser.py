"""The page in a real browser: what it shows, and that its script works.

Needs a Chromium: `apt-get install chromium`, or Chrome.
"""

import re
import shutil
import subprocess

import pytest

from inference.documents import Segment, TextBlock
from inference.entities import TaggedBlock, entities_of
from inference.entity_writers import write_entities
from inference.type_colours import type_colour
from tasks.readers import read_tagged_sentences
from tests.inference.test_html_writer import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
NASTY = "<i>d</i> & co"
HOSTILE = (
    '</div></main><script>document.title = "hacked"</script>'
    "<img src=x onerror=\"document.title='hacked'\"> & &lt; \"quoted\" 'too'"
    "\r\n\tIl-2\u00a0 mRNA 😀 中国 \u202e reversed"
)


@pytest.fixture(scope="module")
def browser():
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip(f"needs a browser, one of {', '.join(BROWSERS)}")
    return None


@pytest.fixture
def browse(browser, tmp_path):
    def _browse(path, *arguments):
        profile = tmp_path / "profile"
        command = [browser, *FLAGS, f"--user-data-dir={profile}"]
        done = subprocess.run(
            [*command, *arguments, path.as_uri()],
            capture_output=True,
            check=True,
            timeout=120,
        )
        shutil.rmtree(profile, ignore_errors=True)
        return done.stdout.decode()  # as it is: line ends count

    return _browse


def blocks(fixtures_dir):
    """Real abstracts with their gold entities, and one nasty document."""
    path = fixtures_dir / "ncbi_disease" / "test.tsv"
    sentences = read_tagged_sentences(str(path))
    for number in range(0, 60, 6):
        name = f"abstract {number}"
        yield given(name, sentences[number : number + 6])
    text = HOSTILE
    words = tuple(m.span() for m in re.finditer(r"[^\W_]+|[^\w\s]", text))
    segment = Segment(NASTY, 0, text, words)
    tags = [("B-Disease", 'B-T<&"')[i % 3 > 0] for i in range(len(words))]
    found = entities_of(segment, tags, [0.5] * len(words))
    yield TaggedBlock(TextBlock(NASTY, 0, text), [segment], found)


def given(name, sentences):
    text = ""
    segments = []
    entities = []
    for sentence in sentences:
        words = []
        start = 0
        for word in sentence.words:
            words.append((start, start + len(word)))
            start += len(word) + 1
        segment = Segment(
            name, len(text), " ".join(sentence.words), tuple(words)
        )
        text += segment.text + "\n"
        segments.append(segment)
        chances = [0.97] * len(words)
        entities += entities_of(segment, sentence.tags, chances)
    return TaggedBlock(TextBlock(name, 0, text), segments, entities)


@pytest.fixture
def written(fixtures_dir, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    tagged = list(blocks(fixtures_dir))
    with write_entities(str(folder), "test.tsv", brat=False) as writers:
        for block in tagged:
            writers.add(block)
    return folder / "predictions.html", tagged


def with_script(path, script):
    """Makes a copy without policy and with a script that acts as a person."""
    text = path.read_text("utf-8")
    text = re.sub("<meta http-equiv[^>]*>", "", text)
    copy = path.with_name("acted.html")
    copy.write_bytes(
        text.replace("</body>", f"<script>{script}</script></body>").encode()
    )
    return copy


def data_of(dom):
    """Returns what the page's root element carries in data-..."""
    return dict(re.findall(r'data-([a-z]+)="([^"]*)"', dom[:300]))


def test_the_browser_shows_texts_and_entities_as_they_are(browse, written):
    path, tagged = written
    dom = browse(path, "--dump-dom")
    assert data_of(dom) == {"ready": "yes"}  # our script ran
    page = Page(dom)
    assert page.headings[-1].strip() == NASTY
    assert page.texts == [t.block.text for t in tagged]
    expected = [
        (e.type or "Entity", e.surface) for t in tagged for e in t.entities
    ]
    assert [tuple(mark) for mark in page.marks] == expected
    assert len(expected) > 60


def test_text_of_a_document_cannot_act(browse, written):
    path, _ = written
    dom = browse(path, "--dump-dom")
    assert "<title>Entities in test.tsv</title>" in dom
    assert "<img" not in dom
    assert dom.count("<script>") == 1
    # Nor could it if its markup were let through: the policy stands in the way.
    text = path.read_text("utf-8")
    hacked = 'document.title = "hacked"'
    copy = path.with_name("hacked.html")
    copy.write_text(
        text.replace("</main>", f"<script>{hacked}</script></main>"), "utf-8"
    )
    dom = browse(copy, "--dump-dom")
    assert "<title>Entities in test.tsv</title>" in dom
    assert data_of(dom) == {"ready": "yes"}
    copy = with_script(path, hacked)  # without the policy it does act
    assert "<title>hacked</title>" in browse(copy, "--dump-dom")


def test_the_link_leads_to_the_file(browse, written):
    path, _ = written
    script = """
      const links = [...document.querySelectorAll("a")];
      document.documentElement.dataset.links = links.map(a => a.href).join();
    """
    links = data_of(browse(with_script(path, script), "--dump-dom"))["links"]
    beside = path.with_name("predictions.jsonl")
    assert beside.exists()
    assert set(links.split(",")) == {beside.as_uri()}


ACT = """
  const root = document.documentElement.dataset;
  const boxes = [...document.querySelectorAll("input[name=type]")];
  const marked = () => [...document.querySelectorAll("mark")].filter(
    m => getComputedStyle(m).backgroundColor !== "rgba(0, 0, 0, 0)").length;
  const label = () => getComputedStyle(
    document.querySelector("mark"), "::after").content.replaceAll('"', "");
  root.boxes = boxes.length;
  root.all = marked();
  root.label = label();
  boxes[0].focus();
  root.focused = document.activeElement === boxes[0];
  boxes[0].click();
  root.without = marked();
  document.getElementById("none").click();
  root.none = marked();
  root.hidden = label();
  document.getElementById("all").click();
  root.again = marked();
  document.getElementById("probabilities").click();
  root.both = label();
  document.getElementById("names").click();
  root.number = label();
"""


def test_types_can_be_hidden_and_shown(browse, written):
    path, tagged = written
    data = data_of(browse(with_script(path, ACT), "--dump-dom"))
    entities = [e for t in tagged for e in t.entities]
    chance = f"{entities[0].probability:.2f}"
    types = [entity.type for entity in entities]
    first = sorted(set(types))[0]
    assert data == {
        "ready": "yes",
        "boxes": "2",
        "all": str(len(types)),
        "label": "Disease",
        "focused": "true",
        "without": str(len(types) - types.count(first)),
        "none": "0",
        "hidden": "none",
        "again": str(len(types)),
        "both": f"Disease {chance}",
        "number": chance,
    }


def test_the_picture_has_the_colours_of_the_types(browse, written, tmp_path):
    path, _ = written
    picture = tmp_path / "page.png"
    browse(path, f"--screenshot={picture}", "--window-size=1000,2400")
    from matplotlib.image import imread

    pixels = (imread(picture)[..., :3] * 255).round().astype("uint8")
    assert pixels.shape == (2400, 1000, 3)
    paper = bytes.fromhex(type_colour(0).paper[1:])
    is_paper = (pixels == list(paper)).all(axis=-1)
    assert is_paper.sum() > 5000
    assert not is_paper[:, :50].any()  # inside the sheet only
