"""Commands in README, docs, help texts, recipes and scripts are understood."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests import documented_commands
from tests.documented_commands import Command

# Options of Apache Beam, which create_pretraining_data.py hands on.
BEAM_FLAGS = {
    "environment_type",
    "flink_job_server_jar",
    "flink_master",
    "job_endpoint",
    "requirements_file",
    "setup_file",
    "spark_master_url",
}


def shown_commands(root_dir):
    """Returns all commands that people are shown."""
    found = []
    for kind, patterns in (
        (documented_commands.of_help, ["*.py", "scripts/*.py"]),
        (documented_commands.of_help, ["benchmarks/*.py"]),
        (documented_commands.of_script, ["scripts/**/*.sh"]),
        (documented_commands.of_recipe, ["scripts/recipes/*.flags"]),
        (documented_commands.of_page, ["*.md", "docs/**/*.md"]),
        (documented_commands.of_page, ["benchmarks/*.md"]),
    ):
        for pattern in patterns:
            for path in sorted(root_dir.glob(pattern)):
                found += kind(path, str(path.relative_to(root_dir)))
    return found


@pytest.fixture(scope="module")
def answers(root_dir, tmp_path_factory):
    """What is said of shown and of wrong commands; the names of all flags.

    One process for all: loading the scripts takes longer than asking them.
    """
    page = tmp_path_factory.mktemp("wrong") / "page.md"
    lines = "\nmake demo\n".join(WRONG)
    page.write_text(f"# Page\n\n```bash\n{lines}\n```\n", "utf-8")
    shown = shown_commands(root_dir)
    wrong = list(documented_commands.of_page(page, "page.md"))
    python = [c for c in shown + wrong if c.words[0].endswith(".py")]
    asked = [[command.words, command.is_whole] for command in python]
    answered = subprocess.run(
        [sys.executable, "-m", "tests.command_parser"],
        cwd=root_dir,
        check=False,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
    )
    assert answered.returncode == 0, answered.stderr
    told = json.loads(answered.stdout)
    said = dict(zip(python, told["complaints"], strict=True))
    return {
        "number shown": len(shown),
        "shown": complaints(root_dir, shown, said),
        "wrong": complaints(root_dir, wrong, said),
        "flags": set(told["flags"]),
    }


def complaints(root_dir, commands, said):
    """Returns what is wrong with commands, each with its place."""
    found = []
    for command in commands:
        if command in said:
            answer = said[command]
        else:
            answer = complaint_of_shell(root_dir, command)
        if answer:
            shown = " ".join(command.words)
            found.append(f"{command.where}: {shown}: {answer}")
    return found


def complaint_of_shell(root_dir, command):
    """Returns what is wrong with a call of make or of a shell script."""
    program, *rest = command.words
    if program == "make":
        makefile = (root_dir / "Makefile").read_text("utf-8")
        targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
        unknown = {w for w in rest if "=" not in w} - targets
        return f"make has no {sorted(unknown)}" if unknown else None
    if program in {".venv/bin/pip", ".venv-beam/bin/pip"}:
        return None
    if program.endswith(".sh"):
        name = program if "/" in program else f"scripts/{program}"
        if not (root_dir / name).is_file():
            return f"no {name}"
        text = (root_dir / name).read_text("utf-8")
        for sourced in re.findall(r"^source (scripts/\S+)", text, re.MULTILINE):
            text += (root_dir / sourced).read_text("utf-8")
        unread = [
            variable
            for variable in command.variables
            if not re.search(rf"\b{variable}\b", text)
        ]
        return f"{name} does not read {unread}" if unread else None
    return f"nobody knows {program}"


def test_commands_that_people_are_shown_are_understood(answers):
    assert answers["number shown"] > 300
    assert answers["shown"] == []


WRONG = {
    "python run_ner.py --data_dirs=x": "data_dirs",
    "python run_ner.py --num_train_epochs=ten": "num_train_epochs",
    "python run_ner.py --overflow=cut --do_train": "overflow",
    "python run_ner.py --do_train=perhaps": "do_train",
    "python run_ner.py notes.txt": "words that no flag takes",
    "python run_ner.py --flagfile=scripts/recipes/none.flags": "none",
    "python run_nre.py": "no run_nre.py",
    "python scripts/score_i2b2.py --output_dir=x": "input_gold_dir",
    "python scripts/format_text.py --documents=page": "documents",
    "python scripts/inspect_records.py --verify": "path",
    "python scripts/inspect_records.py --verif x": "--verif",
    "python scripts/models.py one two": "two",
    "python scripts/update_readme_tree.py one": "one",
    "python scripts/make_character_table.py one": "one",
    "FOLDS=3 scripts/run_i2b2.sh": "FOLDS",
    "scripts/run_i2b3.sh": "no scripts/run_i2b3.sh",
    "make dmeo": "dmeo",
    "pyhton run_ner.py": "pyhton",
    "cat x | python scripts/conlleval.py --latex > y": "--latex",
}


def test_wrong_commands_are_found(answers):
    assert len(answers["wrong"]) == len(WRONG)
    for number, (complaint, part) in enumerate(
        zip(answers["wrong"], WRONG.values(), strict=True)
    ):
        where, _, told = complaint.split(": ", 2)
        assert where == f"page.md:{4 + 2 * number}"
        assert part in told


def test_commands_are_found_wherever_they_stand(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "Run `python run_ner.py --help` or `make demo`, not `run_ner.py`.\n\n"
        "| old | here |\n|---|---|\n"
        "| `python old.py --x` | `python run_re.py --y`, also `A=1 s.sh` |\n"
        "| `python same.py --x` | the same |\n"
        "| `python flags.py` | the same flags: `python scripts/flags.py` |\n\n"
        "```sh\nnice=2  # a comment's apostrophe\nexport A='{\n  }'\n"
        'A=1 python run_qa.py \\\n  --z="a b" ... <in >out\n'
        "echo text | .venv/bin/python scripts/x.py 2>/dev/null && make test\n"
        "```\n",
        "utf-8",
    )
    found = sorted(
        documented_commands.of_page(page, "p"),
        key=lambda command: int(command.where.partition(":")[2]),
    )
    assert found == [
        Command("p:1", ("run_ner.py", "--help")),
        Command("p:1", ("make", "demo")),
        Command("p:5", ("run_re.py", "--y")),
        Command("p:5", ("s.sh",), ("A",), is_whole=False),
        Command("p:6", ("same.py", "--x")),
        Command("p:7", ("scripts/flags.py",), is_whole=False),
        Command("p:13", ("run_qa.py", "--z=a b"), ("A",), is_whole=False),
        Command("p:15", ("scripts/x.py",)),
        Command("p:15", ("make", "test")),
    ]


def flags_in_prose(text, *, originals_first=False):
    """Yields flags that code in lines names, without value or dashes.

    Args:
      text: of a page.
      originals_first: whether rows begin with what originals did.
    """
    for line in text.split("\n"):
        cells = line.strip("| ").split(" | ")
        if originals_first and len(cells) > 1:
            cells = cells[len(cells) // 2 :]
        for span in re.findall("`(--[^`]+)`", " ".join(cells)):
            for word in span.split():
                name = re.fullmatch(r"--(\w+)(=.*)?", word)
                if name:
                    yield name.group(1)


def test_flags_that_prose_names_exist(root_dir, answers):
    known = BEAM_FLAGS | answers["flags"] | {"flagfile", "help"}
    for script in [*root_dir.glob("scripts/*.py"), *root_dir.glob("*/*.py")]:
        text = script.read_text("utf-8")
        known |= set(re.findall(r'add_argument\(\s*"--(\w+)"', text))
    wrong = [
        f"{page.name}: no script has --{flag}"
        for page in documented_commands.pages(root_dir)
        for flag in flags_in_prose(
            page.read_text("utf-8"),
            originals_first=page.name in {"fidelity.md", "old_commands.md"},
        )
        if flag not in known and flag.removeprefix("no") not in known
    ]
    assert wrong == []


def test_flags_are_found_in_prose():
    text = (
        "a `--one=2 --two`, `--three=a b`\n| `--four` | `--five` | `x` | y |\n"
    )
    assert list(flags_in_prose(text)) == ["one", "two", "three", "four", "five"]
    assert "four" not in list(flags_in_prose(text, originals_first=True))
