"""The labels of published relation corpora, in the order of their ids.

Found without regard to case: BioBERT writes cpr:3 and BLUE CPR:3, for DDI
there are "effect", "ddi-effect" and "DDI-effect" (originals.md 9.5, R1, R2).
The last label is the negative one, which no score counts.
"""

from __future__ import annotations

CHEMPROT = ("CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9", "false")
DDI = ("DDI-advise", "DDI-effect", "DDI-int", "DDI-mechanism", "DDI-false")
DDI_PREFIX = "DDI-"
BINARY = ("0", "1")


def find_label(text: str, labels: tuple[str, ...]) -> str | None:
    """Returns the label that a text means, in any case of letters; or None.

    Args:
      text: of a file, "ddi-Effect" or "effect" for DDI.
      labels: of the corpus.
    """
    wanted = text.strip().casefold()
    for label in labels:
        spellings = {label, label.removeprefix(DDI_PREFIX)}
        if wanted in {spelling.casefold() for spelling in spellings}:
            return label
    return None
