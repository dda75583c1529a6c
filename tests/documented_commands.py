"""Commands that people are shown: found in Markdown, help texts, recipes.

What each script makes of them is asked by tests/command_parser.py.
"""

from __future__ import annotations

import ast
import dataclasses
import pathlib
import re
import shlex
from collections.abc import Iterator, Sequence

ELSEWHERE = {  # programs of others that may stand in a block of shell code
    "cat",
    "cp", "curl", "docker", "echo", "export", "git", "mkdir", "pip", "source",
}  # fmt: skip
_OPERATORS = frozenset("<>|&;()")
_PYTHON = re.compile(r"(?:\S*/)?python[\d.]*|\$\{?[a-z_]*python\}?")


@dataclasses.dataclass(frozen=True)
class Command:
    """A command as it is shown.

    Attributes:
      where: page and line.
      words: program or script first, without `python` and what a shell reads.
      variables: names that are set before it.
      is_whole: whether all that it needs is there; False where "..." or a
        list of a shell stands for more.
    """

    where: str
    words: tuple[str, ...]
    variables: tuple[str, ...] = ()
    is_whole: bool = True


def pages(root_dir: pathlib.Path) -> list[pathlib.Path]:
    """Returns the Markdown pages that people read."""
    patterns = ("*.md", "docs/**/*.md", "benchmarks/*.md")
    return sorted(page for each in patterns for page in root_dir.glob(each))


def of_page(page: pathlib.Path, name: str) -> Iterator[Command]:
    """Yields the commands of a Markdown page: in blocks and inside lines."""
    for number, language, block in fenced(page.read_text("utf-8")):
        if language in {"bash", "sh"}:
            for first, line in shell_lines(block):
                for command in of_shell(line, f"{name}:{number + first}"):
                    yield from _known(command)
    for number, span, cells in _spans(page.read_text("utf-8")):
        starts = re.match(r"(?:\w+=\S* )*(?:\S*python\S* |make |\S+\.sh)", span)
        if starts and not _is_anothers(span, cells):
            for command in of_shell(span, f"{name}:{number}"):
                # Prose names a script, or some of its flags.
                is_named = len(command.words) == 1 or "benchmarks/" in span
                yield dataclasses.replace(
                    command, is_whole=command.is_whole and not is_named
                )


def fenced(text: str) -> Iterator[tuple[int, str, str]]:
    """Yields line, language and text of each fenced block."""
    for block in re.finditer(
        r"^```(\w*)[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE
    ):
        number = text.count("\n", 0, block.start()) + 1
        yield number, block.group(1), block.group(2)


def _spans(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Yields line, code and, in tables, the row's cells, of code in lines."""
    is_block = False
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("```"):
            is_block = not is_block
        elif not is_block:
            cells = line.strip("| ").split(" | ") if line[:1] == "|" else []
            for span in re.findall("`([^`]+)`", line):
                yield number, span, cells


def _is_anothers(span: str, cells: Sequence[str]) -> bool:
    """Tells commands of other projects: they have a column of their own."""
    if "python -m" in span or "python -c" in span:
        return True
    if len(cells) != 2 or span not in cells[0]:
        return False
    return re.match(r"the same\b(?! flags)", cells[1]) is None


def shell_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yields number and text of each line, what goes on being one."""
    number, line = 1, ""
    for offset, part in enumerate(text.split("\n"), start=1):
        number = number if line else offset
        line += part
        if line.endswith("\\"):
            line = line[:-1] + " "
            continue
        try:
            shlex.split(line, comments=True)
        except ValueError:  # a quotation goes on
            line += "\n"
            continue
        if line.strip():
            yield number, line
        line = ""


def of_shell(line: str, where: str) -> Iterator[Command]:
    """Yields the commands of a line of shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="<>|&;()")
    lexer.whitespace_split = True
    words: list[str] = []
    is_target = False  # the next word is a file that output goes to
    for word in [*lexer, ";"]:
        if not set(word) <= _OPERATORS:
            if not is_target:
                words.append(word)
            is_target = False
        elif "<" in word or ">" in word:
            is_target = True
            if words and words[-1] in {"1", "2"}:
                words.pop()
        else:
            if words:
                yield _command(words, where)
            words, is_target = [], False


def _command(words: Sequence[str], where: str) -> Command:
    names = []
    rest = list(words)
    while rest and re.match(r"\w+=", rest[0]):
        names.append(rest.pop(0).partition("=")[0])
    if len(rest) > 1 and _PYTHON.fullmatch(rest[0]):
        rest.pop(0)
    more = {"...", "…", "$@", "[flags]"}
    given = [w for w in rest if w not in more and "[@]}" not in w]
    return Command(
        where=where,
        words=tuple(given),
        variables=tuple(names),
        is_whole=len(given) == len(rest),
    )


def _known(command: Command) -> Iterator[Command]:
    """Leaves out other people's programs, and what `python` alone is told."""
    program = (command.words or ("",))[0]
    if program and program not in ELSEWHERE and not program.startswith("-"):
        yield command


def of_help(script: pathlib.Path, name: str) -> Iterator[Command]:
    """Yields the commands that a script's help shows."""
    text = ast.get_docstring(ast.parse(script.read_bytes())) or ""
    shown = re.sub(r" *\\?\n {3,}(?=\S)", " ", text)
    for line in shown.splitlines():
        if re.match(r" +(\S*python |echo )", line):
            for command in of_shell(line, f"{name}: help"):
                yield from _known(command)


def of_comments(text: str, name: str) -> Iterator[Command]:
    """Yields the commands that stand indented in comments."""
    shown = "\n".join(re.findall(r"^#  +(\S.*)", text, re.MULTILINE))
    for line in re.sub(r"\\\n", " ", shown).split("\n"):
        if re.match(r"(\w+=\S* +)*(\S*python |scripts/)", line):
            for command in of_shell(line, f"{name}: comment"):
                # Some are lines of a table or of prose.
                yield dataclasses.replace(command, is_whole=False)


def of_script(script: pathlib.Path, name: str) -> Iterator[Command]:
    """Yields the Python commands of a shell script, whatever runs them."""
    yield from of_comments(script.read_text("utf-8"), name)
    text = re.sub(  # texts that are shown: apostrophes are no quotations
        r"(<<-?'?(\w+)'?\n)(.*?\n)(?=\2\n)",
        lambda found: found[1] + "\n" * found[3].count("\n"),
        script.read_text("utf-8"),
        flags=re.DOTALL,
    )
    for number, line in shell_lines(text):
        if re.search(r"\w\.py\b", line) and not line.lstrip().startswith("#"):
            for command in of_shell(line, f"{name}:{number}"):
                for place, word in enumerate(command.words):
                    is_run = re.search(
                        rf'python\}}?"? +{re.escape(word)}', line
                    )
                    if word.endswith(".py") and is_run:
                        yield dataclasses.replace(
                            command, words=command.words[place:]
                        )
                        break


def of_recipe(recipe: pathlib.Path, name: str) -> Iterator[Command]:
    """Yields a flag file as a command of each script that it names."""
    text = recipe.read_text("utf-8")
    for script in dict.fromkeys(re.findall(r"\bpython (\w+\.py)\b", text)):
        words = (script, f"--flagfile={name}")
        yield Command(name, words, is_whole=False)
    yield from of_comments(text, name)
