"""Which tensors of a model are written, and which are left out."""

from __future__ import annotations

from dataclasses import dataclass

from conversion.found_model import FoundModel
from foundation.errors import InputError
from modeling.weights import huggingface_names, matching, model_heads

_STEP = "global_step"
_POOLER = "bert/pooler/"
_CRF = "crf/"
_DECODER = "predictions.decoder."  # as Hugging Face calls it


@dataclass(frozen=True)
class Plan:
    """What becomes of the tensors of a source.

    Attributes:
      names: original names of those that are written.
      left_out: names of those that are not; the optimizer's aside.
      num_slots_left_out: how many of the optimizer's are not.
    """

    names: tuple[str, ...]
    left_out: tuple[str, ...]
    num_slots_left_out: int


def make_plan(model: FoundModel, *, to_tf1: bool, drop_optimizer: bool) -> Plan:
    """Returns what is written of a model.

    A Hugging Face folder gets what the class of its head has. A TF1 bundle
    gets all that has an original name; of another bundle simply all.
    """
    source, family = model.source, model.config.family
    slots = {n for n in source.shapes if matching.is_slot(n) or n == _STEP}
    if not to_tf1:
        names = {n for n in source.shapes if model.kind.takes(n)} - slots
    elif model.is_huggingface:
        names = {
            name
            for name in source.shapes
            if huggingface_names.to_huggingface(name, family)
        }
    else:
        names = set(source.shapes)
        if drop_optimizer:
            names -= slots
    return Plan(
        tuple(sorted(names)),
        tuple(sorted(set(source.shapes) - names - slots)),
        len(slots - names - {_STEP}),
    )


def check_loss(
    model: FoundModel, plan: Plan, *, others_may_go: bool, drop_crf: bool
) -> None:
    """Raises InputError where something of the model would be lost.

    A pooler that the head does not use may go.

    Args:
      model: what is converted.
      plan: for it.
      others_may_go: whether a person named the head, so that those beside it
        may go, or allowed any loss. What the head computes with may not.
      drop_crf: whether a CRF may go.
    """
    if model.kind is model_heads.TOKENS and not drop_crf:
        _check_crf(model, plan)
    if model.kind in (model_heads.MASKED_LM, model_heads.PRETRAINING):
        _check_decoder(model, plan)
    lost = [n for n in plan.left_out if not n.startswith((_POOLER, _CRF))]
    if lost and not others_may_go:
        raise InputError(
            f"{len(lost)} tensors have no place in the new format",
            got=lost[0],
            expected="tensors of the encoder and of one head",
            next_step="name the head that is wanted (--head), or leave them "
            "out with --allow_loss",
            path=model.source.path,
        )


def _check_crf(model: FoundModel, plan: Plan) -> None:
    crf = [name for name in plan.left_out if name.startswith(_CRF)]
    if crf:
        raise InputError(
            "transformers has no CRF: its labels would not be this model's",
            got=f"{len(crf)} tensors of a CRF",
            expected="a tagger without one",
            next_step="train without --use_crf, or export the scores below "
            "the CRF with --drop_crf (the model card will say so)",
            path=model.source.path,
        )


def _check_decoder(model: FoundModel, plan: Plan) -> None:
    """Stops at a masked LM whose output layer is not its embeddings."""
    if any(_DECODER in name for name in plan.left_out):
        raise InputError(
            "the masked LM has an output layer of its own: without it, it "
            "would be another model",
            got="tie_word_embeddings false, and a decoder",
            expected="the word embeddings as the output layer",
            next_step="take the encoder alone: --head=encoder",
            path=model.source.path,
        )
