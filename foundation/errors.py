"""The one kind of error that is meant for the person at the keyboard.

Library code raises `InputError`; the scripts print it as a single line and
exit with a code other than 0 (`cli/entry.py`). Every other exception is a
defect of ours and keeps its stack trace.
"""

from __future__ import annotations


class InputError(ValueError):
    """Something that was given cannot be used; says what to do about it.

    Attributes:
      problem: what is wrong, without the values.
      got: the value that was found (never text of a clinical note: lengths,
        counts, names).
      expected: the rule that it breaks.
      next_step: what the person can do now.
      path: the file at fault, when there is one.
      line: its 1-based line number, when there is one.
    """

    def __init__(
        self,
        problem: str,
        *,
        got: object = None,
        expected: object = None,
        next_step: str | None = None,
        path: object = None,
        line: int | None = None,
    ) -> None:
        self.problem = problem
        self.got = got
        self.expected = expected
        self.next_step = next_step
        self.path = path
        self.line = line
        super().__init__(self._sentence())

    def at(self, path: object, line: int | None) -> InputError:
        """Returns the same error, found in a file."""
        return InputError(
            self.problem,
            got=self.got,
            expected=self.expected,
            next_step=self.next_step,
            path=path,
            line=line,
        )

    def _sentence(self) -> str:
        where = ""
        if self.path is not None:
            where = str(self.path)
            if self.line is not None:
                where += f":{self.line}"
            where += ": "
        facts = []
        if self.got is not None:
            facts.append(f"got {self.got}")
        if self.expected is not None:
            facts.append(f"expected {self.expected}")
        text = where + self.problem
        if facts:
            text += ": " + ", ".join(facts)
        if self.next_step:
            text += f". Next: {self.next_step}"
        return " ".join(text.split())  # one line, whatever the values hold
