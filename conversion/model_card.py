"""README.md of an exported folder: what the model is, and who may have it.

By default a card says that the model may have learned from clinical notes:
whoever publishes one has to say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conversion.found_model import FoundModel
from foundation import files, json_files
from modeling.weights import model_heads
from modeling.weights.known_models import known_model

FILE_NAME = "README.md"
_RESULTS_FILE = "results.json"  # of a training run
_UNKNOWN = "not known"
_TAGS = {  # Hugging Face's names of what a model is for
    model_heads.ENCODER: "feature-extraction",
    model_heads.PRETRAINING: "fill-mask",
    model_heads.MASKED_LM: "fill-mask",
    model_heads.SEQUENCES: "text-classification",
    model_heads.TOKENS: "token-classification",
    model_heads.SPANS: "question-answering",
    model_heads.CHOICE: "multiple-choice",
}
_CLINICAL = """\
> **Trained on clinical notes: do not publish without the consent of those to
> whom the notes belong.** A language model can repeat what it has read. For
> MIMIC-III and MIMIC-IV, PhysioNet's data use agreement says who may have it.
> (This stands here until whoever exports the model says that it has seen no
> clinical note: `--noclinical_notes`.)
"""
_NOT_CLINICAL = "By whoever exported it: no clinical notes.\n"


@dataclass(frozen=True)
class CardFacts:
    """What only a person knows of a model.

    Attributes:
      clinical_notes: whether it may have learned from patients' notes.
      license: of the model, as Hugging Face spells licences.
      data_license: of what it learned from, in words.
      pretraining_length: pieces of its longest rows in pretraining.
    """

    clinical_notes: bool = True
    license: str | None = None
    data_license: str | None = None
    pretraining_length: int | None = None


def model_card(
    model: FoundModel, facts: CardFacts, notes: tuple[str, ...]
) -> str:
    """Returns the text of README.md.

    Args:
      model: what was exported.
      facts: what a person said of it.
      notes: what the export cannot do as the source does.
    """
    known = known_model(model.path)
    origin = known.name if known else _UNKNOWN
    licence = facts.license or (known.licence if known else None)
    length = facts.pretraining_length or (
        known.pretrained_length if known else None
    )
    name = model.path.rstrip("/").rpartition("/")[2]
    casing = _UNKNOWN
    if model.tokenizer is not None:
        casing = "lower-cased" if model.tokenizer.lower_case else "cased"
    parts = [
        _front_matter(model, facts),
        f"# {name}\n",
        "A model of biobert-kit in the form of Hugging Face's transformers.\n",
        "## What it learned from\n",
        _CLINICAL if facts.clinical_notes else _NOT_CLINICAL,
        f"- Known model: {origin}\n"
        f"- Licence of the model: {licence or _UNKNOWN}\n"
        f"- Licence of the data: {facts.data_license or _UNKNOWN}\n",
        "## What it is\n",
        f"- Class: `{model.kind.class_name(model.config.family)}`\n"
        f"- GELU: {model.config.gelu_form}\n"
        f"- Text: {casing}\n"
        f"- Longest row: {model.config.max_position_embeddings} pieces; "
        f"pretrained with rows of {length or 'a length that is ' + _UNKNOWN}"
        "\n",
        _scores(model.folder),
        _notes(notes),
    ]
    return "\n".join(part for part in parts if part)


def _front_matter(model: FoundModel, facts: CardFacts) -> str:
    lines = ["library_name: transformers"]
    if facts.license is not None:
        lines.append(f"license: {facts.license}")
    lines.append(f"pipeline_tag: {_TAGS[model.kind]}")
    return "---\n" + "\n".join(lines) + "\n---\n"


def _scores(folder: str) -> str:
    """Returns how the run that trained the model scored it."""
    path = files.join(folder, _RESULTS_FILE)
    if not files.exists(path):
        return "## Scores\n\nNot known: no results.json beside the weights.\n"
    value = json_files.read_object(
        path, what="the run's results", next_step="score the run again"
    )
    lines = ["## Scores\n"]
    for split, scores in sorted(_mapping(value.get("scores")).items()):
        lines += [f"On {split}:\n", "| score | value |", "|---|---|"]
        lines += [
            f"| {name} | {score:.4f} |"
            for name, score in sorted(_mapping(scores).items())
            if isinstance(score, int | float)
        ]
        lines.append("")
    told = {
        "Task": value.get("task"),
        "Seed": value.get("seed"),
        "Step": value.get("global_step"),
        "Best on dev": value.get("best_on_dev"),
    }
    lines += [f"- {what}: {said}" for what, said in told.items()]
    lines += _files(_mapping(value.get("files")))
    return "\n".join(lines) + "\n"


def _files(splits: Mapping[str, Any]) -> list[str]:
    """Returns a line a file; where it lay is its owner's business."""
    return [
        f"- {split}: {str(file.get('path')).rpartition('/')[2]}, "
        f"{file.get('examples', _UNKNOWN)} examples, "
        f"sha256 {file.get('sha256')}"
        for split, found in sorted(splits.items())
        for file in map(_mapping, found)
    ]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _notes(notes: tuple[str, ...]) -> str:
    if not notes:
        return ""
    return (
        "## What differs from the kit\n\n"
        + "\n".join(f"- {note}" for note in notes)
        + "\n"
    )
