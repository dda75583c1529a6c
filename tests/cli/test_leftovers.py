"""Files and folders of killed runs go; those of others stay."""

import subprocess
import sys

import pytest

from cli import leftovers
from foundation.temporary_names import temporary_name
from tests.annotation_corpora import convert

# Says under which name it writes, and is gone.
_GONE = (
    "import sys; from foundation.temporary_names import temporary_name; "
    "print(temporary_name(sys.argv[1]))"
)


@pytest.fixture(scope="module")
def name_of_the_dead(root_dir):
    def name_of(path):
        made = subprocess.run(
            [sys.executable, "-c", _GONE, str(path)],
            cwd=root_dir,
            check=True,
            capture_output=True,
            text=True,
        )
        return type(path)(made.stdout.strip())

    return name_of


def test_what_is_whole_or_being_written_stays(tmp_path, name_of_the_dead):
    path = tmp_path / "notes.txt"
    dead = name_of_the_dead(path)
    dead.write_text("half a no")
    kept = [
        path,
        type(path)(temporary_name(str(path))),  # this process lives
        tmp_path / "notes.txt.tmp-123",  # of another machine
        tmp_path / "other.txt.tmp-1",
    ]
    for one in kept:
        one.write_text("a note")
    leftovers.remove([str(path)])
    assert set(tmp_path.iterdir()) == set(kept)


def test_a_conversion_removes_those_of_its_own(tmp_path, name_of_the_dead):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("No pain.\n")
    (tmp_path / "in" / "a.ann").write_text("T1\tX 3 7\tpain\n")
    tagged, folder = tmp_path / "tagged", tmp_path / "xml"
    tagged.mkdir()
    name_of_the_dead(tagged / "train.tsv").write_text("No\n")
    half = name_of_the_dead(folder)
    half.mkdir()
    (half / "a.xml").write_text("No pa")
    for form, out in (("conll", tagged), ("i2b2_2014", folder)):
        convert(
            from_format="brat",
            to_format=form,
            input=tmp_path / "in",
            output_dir=out,
        )
    assert {path.name for path in tmp_path.iterdir()} == {"in", "tagged", "xml"}
    assert {path.name for path in tagged.iterdir()} == {
        "train.tsv",
        "train.documents.jsonl",
        "train.conversion.json",
    }
