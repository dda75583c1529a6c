"""One model folder into another: TF1 bundles and Hugging Face folders.

  from conversion.conversion import convert
  report = convert("biobert_v1.1_pubmed", "outputs/biobert-hf")

Weights, config, tokenizer, labels and a model card are written; then the new
folder is read back, and its logits on real sentences are compared with the
old model's. Nothing is left out in silence.
"""

from __future__ import annotations

import dataclasses
import json

from conversion import (
    huggingface_folder,
    parity,
    tf1_folder,
    tokenizer_parity,
)
from conversion.found_model import FoundModel, ModelChoice, find_model
from conversion.model_card import CardFacts
from conversion.plan import Plan, check_loss, make_plan
from conversion.written import REPORT_FILE, Written
from foundation import files, memory
from foundation.errors import InputError
from preprocessing.huggingface_tokenizer import TOKENIZER_FILE

FORMATS = ("tf1", "huggingface")


@dataclasses.dataclass(frozen=True)
class ConversionOptions:
    """How a model is converted.

    Attributes:
      target_format: "tf1" or "huggingface"; None = a name with ".ckpt" in it
        is a TF1 prefix, any other a Hugging Face folder, but for one that is
        read from such a folder.
      drop_optimizer: whether TF1 to TF1 leaves slots and step out.
      drop_crf: whether a tagger loses its CRF: arg-max labels are then not
        those of the model.
      allow_loss: whether tensors that the target has no name for are left
        out.
      overwrite: whether files of the target are replaced.
      card: what the model card says.
    """

    target_format: str | None = None
    drop_optimizer: bool = False
    drop_crf: bool = False
    allow_loss: bool = False
    overwrite: bool = False
    card: CardFacts = dataclasses.field(default_factory=CardFacts)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConversionReport:
    """What was converted, and how well it was read back.

    Attributes:
      source: as given.
      target: the folder or the prefix.
      target_format: "tf1" or "huggingface".
      family: "bert" or "albert".
      head: name of the `HeadKind`.
      gelu_form: "erf" or "tanh".
      num_tensors: written.
      left_out: tensors of the source that the target does not have.
      num_slots_left_out: of the optimizer.
      num_rows: compared.
      rows_are_text: whether they were sentences; else arbitrary ids, since
        there was no vocabulary.
      largest_difference: of logits, before and after.
      num_lines_cut_alike: of those sentences, by the tokenizer that was
        written; None where there is none, or no package `tokenizers` to read
        it with.
      files: written, without the folder.
      notes: what the target cannot say or do as the source does.
    """

    source: str
    target: str
    target_format: str
    family: str
    head: str
    gelu_form: str
    num_tensors: int
    left_out: tuple[str, ...]
    num_slots_left_out: int
    num_rows: int
    rows_are_text: bool
    largest_difference: float
    num_lines_cut_alike: int | None
    files: tuple[str, ...]
    notes: tuple[str, ...]

    def text(self) -> str:
        """Returns the report for people."""
        what = "sentences" if self.rows_are_text else "rows of arbitrary ids"
        lines = [
            f"{self.source} -> {self.target}",
            f"  {self.family}, {self.head}, GELU {self.gelu_form}, "
            f"written as {self.target_format}",
            f"  {self.num_tensors} tensors written and read back, "
            f"{len(self.left_out)} left out, "
            f"{self.num_slots_left_out} optimizer slots left out",
            f"  largest difference of logits on {self.num_rows} {what}: "
            f"{self.largest_difference:.2g}",
            f"  files: {', '.join(self.files)}",
        ]
        if self.num_lines_cut_alike is not None:
            lines.append(
                f"  tokenizer: the same ids in {self.num_lines_cut_alike} of "
                f"{self.num_rows} sentences"
            )
        lines += [f"  left out: {name}" for name in self.left_out]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def convert(
    source: str,
    target: str,
    options: ConversionOptions | None = None,
    *,
    choice: ModelChoice | None = None,
) -> ConversionReport:
    """Writes the model at `source` to `target`, and compares the two.

    Args:
      source: a TF1 checkpoint in any spelling, the folder of a training run,
        a Hugging Face folder.
      target: a folder; for TF1 a folder or a prefix with ".ckpt" in its name.
      options: how.
      choice: what the source's files do not say of it.

    Raises:
      InputError: something cannot be read, is not known, would be lost or
        overwritten.
    """
    options = options or ConversionOptions()
    model = find_model(source, choice)
    to_tf1 = _is_to_tf1(model, target, options)
    _check_options(options, to_tf1=to_tf1)
    plan = _checked_plan(model, options, choice=choice, to_tf1=to_tf1)
    rows = parity.rows_of(parity.sentences(), model.tokenizer, model.config)
    before = parity.logits_of(model.source, model.config, model.kind, rows=rows)
    memory.give_back_freed()  # else two models are in memory
    written = _write(model, target, plan, options=options, to_tf1=to_tf1)
    # What the new files cannot say: a TF1 bundle's head.
    back = find_model(written.weights, ModelChoice(head=model.kind.name))
    after = parity.logits_of(back.source, back.config, back.kind, rows=rows)
    report = ConversionReport(
        source=source,
        target=target,
        target_format=FORMATS[0] if to_tf1 else FORMATS[1],
        family=model.config.family,
        head=model.kind.name,
        gelu_form=str(model.config.gelu_form),
        num_tensors=len(plan.names),
        left_out=plan.left_out,
        num_slots_left_out=plan.num_slots_left_out,
        num_rows=len(rows.ids),
        rows_are_text=rows.are_text,
        largest_difference=parity.largest_difference(before, after),
        num_lines_cut_alike=_lines_cut_alike(model, written),
        files=(*written.files, REPORT_FILE),
        notes=written.notes,
    )
    _save(report, written.folder)
    return report


def _is_to_tf1(
    model: FoundModel, target: str, options: ConversionOptions
) -> bool:
    if options.target_format is not None:
        return options.target_format == "tf1"
    return model.is_huggingface or ".ckpt" in target.rpartition("/")[2]


def _check_options(options: ConversionOptions, *, to_tf1: bool) -> None:
    """Stops at what would not be done: only a Hugging Face folder has it."""
    asked = {
        "a model card": options.card != CardFacts(),
        "a tagger that loses its CRF": options.drop_crf,
    }
    for what, is_asked in asked.items():
        if to_tf1 and is_asked:
            raise InputError(
                "a TF1 checkpoint has no model card and keeps a CRF",
                got=f"flags or options for {what}",
                expected="them for a Hugging Face folder alone",
                next_step="leave them out, or add --to_format=huggingface",
            )


def _checked_plan(
    model: FoundModel,
    options: ConversionOptions,
    *,
    choice: ModelChoice | None,
    to_tf1: bool,
) -> Plan:
    plan = make_plan(
        model, to_tf1=to_tf1, drop_optimizer=options.drop_optimizer
    )
    check_loss(
        model,
        plan,
        others_may_go=options.allow_loss
        or (choice is not None and choice.head is not None),
        drop_crf=options.drop_crf,
    )
    return plan


def _write(
    model: FoundModel,
    target: str,
    plan: Plan,
    *,
    options: ConversionOptions,
    to_tf1: bool,
) -> Written:
    if to_tf1:
        return tf1_folder.write(
            model, target, plan.names, overwrite=options.overwrite
        )
    return huggingface_folder.write(
        model,
        target,
        options.card,
        overwrite=options.overwrite,
    )


def _lines_cut_alike(model: FoundModel, written: Written) -> int | None:
    if model.tokenizer is None or TOKENIZER_FILE not in written.files:
        return None
    if not tokenizer_parity.can_compare():
        return None
    equal, _ = tokenizer_parity.compare_with_export(
        model.tokenizer, written.folder, parity.sentences()
    )
    return equal


def _save(report: ConversionReport, folder: str) -> None:
    path = files.join(folder, REPORT_FILE)
    with files.write_atomically(path) as file:
        json.dump(dataclasses.asdict(report), file, indent=1)
        file.write("\n")
