"""A model and new words -> the model with a piece for each of them.

The function behind scripts/extend_vocab.py: vocabulary, embedding rows, the
bias of the masked LM and the config's vocab_size grow together, and what must
not change is compared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

import numpy as np

from conversion import huggingface_folder, parity, tf1_folder
from conversion.found_model import FoundModel
from conversion.model_card import CardFacts
from conversion.plan import Plan, make_plan
from conversion.written import Written
from foundation import files, memory
from foundation.errors import InputError
from modeling.weights import checkpoint_paths, model_heads
from modeling.weights.piece_rows import WORD_EMBEDDINGS, PieceRows
from preprocessing.huggingface_tokenizer import SENTENCEPIECE_FILE
from preprocessing.new_words import NewWord
from preprocessing.vocabulary_extension import ExtendedVocabulary
from tasks.model_settings import vocabulary_name

TOLERANCE = 1e-6  # of logits of old pieces, float32; relative beyond 1
_LONGEST = 64  # pieces of a row


@dataclasses.dataclass(frozen=True)
class Unchanged:
    """How the outputs for old pieces compare.

    Attributes:
      num_rows: sentences compared.
      num_logits: numbers compared.
      largest_logit: the largest magnitude among them.
      largest_difference: between before and after.
    """

    num_rows: int
    num_logits: int
    largest_logit: float
    largest_difference: float

    def is_kept(self) -> bool:
        """Returns whether the difference is one of rounding."""
        return self.largest_difference <= TOLERANCE * max(
            1.0, self.largest_logit
        )


def extend_model(
    model: FoundModel,
    vocabulary: ExtendedVocabulary,
    words: Sequence[NewWord],
    *,
    path: str,
) -> FoundModel:
    """Returns the model with rows for new pieces; reads no tensor yet.

    Args:
      model: as it is.
      vocabulary: with the pieces.
      words: what the rows start from.
      path: of the new vocabulary, where it will be.

    Raises:
      InputError: the model has not as many pieces as its vocabulary, or an
        output layer of its own.
    """
    rows = {vocabulary.new_ids[new.word]: new.old_ids for new in words}
    check_size(model)
    source = PieceRows(model.source, rows)
    return dataclasses.replace(
        model,
        source=source,
        config=dataclasses.replace(model.config, vocab_size=source.vocab_size),
        tokenizer=vocabulary.tokenizer,
        vocabulary=path,
    )


def vocabulary_name_of(model: FoundModel, file_format: str) -> str:
    """Returns what the vocabulary's file is called in the new folder."""
    name = vocabulary_name(str(model.vocabulary))
    if file_format == "huggingface" and name.endswith(".model"):
        return SENTENCEPIECE_FILE
    return name


def check_size(model: FoundModel) -> None:
    """Raises InputError unless vocabulary, config and weights are one size."""
    pieces = model.tokenizer.vocab_size if model.tokenizer else 0
    table = model.source.shapes.get(WORD_EMBEDDINGS, (0,))[0]
    if pieces == model.config.vocab_size == table:
        return
    raise InputError(
        "vocabulary, config and weights do not belong together",
        got=f"{pieces} pieces in the vocabulary, {table} word embeddings, "
        f"vocab_size {model.config.vocab_size} in the config",
        expected="one number",
        next_step="look at --vocab_file (or --spm_model_file), "
        "--bert_config_file and --init_checkpoint",
        path=model.source.path,
    )


def compare(
    old: FoundModel,
    new: FoundModel,
    lines: Sequence[Sequence[int]],
    *,
    replaced: Collection[int],
) -> Unchanged:
    """Runs both models on sentences without new pieces.

    Of a masked LM, the logits of the pieces that both have at each sentence's
    middle piece (and the sentence head's); of a model without one, all its
    outputs.

    Args:
      old: as it was.
      new: extended.
      lines: ids of sentences, without [CLS] and [SEP].
      replaced: old ids that are new pieces now.
    """
    rows = rows_of(old, lines)
    size = old.config.vocab_size
    kept = np.setdiff1d(np.arange(size), list(replaced))
    has_masked_lm = _has_masked_lm(old)
    largest = difference = 0.0
    num_logits = 0
    before = parity.logits_of(old.source, old.config, old.kind, rows=rows)
    memory.give_back_freed()  # else two models are in memory
    after = parity.logits_of(new.source, new.config, new.kind, rows=rows)
    memory.give_back_freed()  # and a third one while it is written
    for a, b in zip(before, after, strict=True):
        if has_masked_lm:
            a = np.append(a[kept], a[size:])
            b = np.append(b[kept], b[new.config.vocab_size :])
        num_logits += a.size
        largest = max(largest, float(np.abs(a).max()))
        difference = max(difference, float(np.abs(a - b).max()))
    return Unchanged(len(before), num_logits, largest, difference)


def _has_masked_lm(model: FoundModel) -> bool:
    return model.kind in (model_heads.PRETRAINING, model_heads.MASKED_LM)


def rows_of(model: FoundModel, lines: Sequence[Sequence[int]]) -> parity.Rows:
    """Returns sentences as rows of the model, [CLS] ... [SEP]."""
    assert model.tokenizer is not None
    first, last = model.tokenizer.cls_id, model.tokenizer.sep_id
    room = min(_LONGEST, model.config.max_position_embeddings) - 2
    return parity.Rows(
        tuple((first, *ids[:room], last) for ids in lines), are_text=True
    )


def write(
    old: FoundModel,
    new: FoundModel,
    vocabulary: ExtendedVocabulary,
    *,
    file_format: str,
) -> tuple[Written, Plan]:
    """Writes an extended model; files that are there are replaced.

    Args:
      old: as it was.
      new: extended; its vocabulary's path is in the folder that is written.
      vocabulary: its content.
      file_format: "tf1" or "huggingface". Optimizer slots are left out.

    Returns:
      What was written, and what was left out of it.

    Raises:
      InputError: Hugging Face has no place for some of the tensors.
    """
    path = str(new.vocabulary)
    folder = path.rpartition("/")[0]
    plan = make_plan(old, to_tf1=file_format == "tf1", drop_optimizer=True)
    if file_format != "tf1":
        _check_nothing_lost(old, plan)
    with files.write_atomically(path, "wb") as file:
        file.write(vocabulary.content)
    if file_format != "tf1":
        card = CardFacts()
        return huggingface_folder.write(new, folder, card, overwrite=True), plan
    prefix = files.join(folder, f"model.ckpt-{step_of(old)}")
    return tf1_folder.write(new, prefix, plan.names, overwrite=True), plan


def step_of(model: FoundModel) -> int:
    """Returns how many updates a checkpoint has seen, as far as it says."""
    source = model.source
    if "global_step" in source.shapes:
        return int(source.read("global_step"))
    return checkpoint_paths.step_of(source.path)


def _check_nothing_lost(model: FoundModel, plan: Plan) -> None:
    lost = [n for n in plan.left_out if not n.startswith("bert/pooler/")]
    if lost:
        raise InputError(
            f"{len(lost)} tensors have no place in a Hugging Face folder",
            got=lost[0],
            expected="tensors of the encoder and of one head",
            next_step="use --output_format=tf1, then "
            "scripts/convert_checkpoint.py, which can leave them out",
            path=model.source.path,
        )
