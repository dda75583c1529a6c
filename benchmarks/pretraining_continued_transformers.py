"""Continues pretraining with transformers and PyTorch; prints one JSON line.

Reads train.npz and held_out.npz of --folder, writes the model that both
programs start from to --folder/start, and prints the held-out masked-LM loss
before the first step and after the last.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from transformers import BertForPreTraining


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--learning_rate", type=float, required=True)
    parser.add_argument("--warmup", type=int, required=True)
    options = parser.parse_args()
    model = _start(options)
    optimizer = _optimizer(model)
    train = dict(np.load(options.folder / "train.npz"))
    held_out = dict(np.load(options.folder / "held_out.npz"))
    size = len(train["input_ids"]) // options.steps
    losses = {0: _held_out_loss(model, held_out, size)}
    for step in range(1, options.steps + 1):
        rows = slice((step - 1) * size, step * size)
        batch = {name: values[rows] for name, values in train.items()}
        masked, count, sentence = _losses(model, batch)
        (masked / (count + 1e-5) + sentence).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        rate = options.learning_rate * (1 - step / options.steps)
        if step < options.warmup:
            rate = options.learning_rate * step / options.warmup
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad()
    losses[options.steps] = _held_out_loss(model, held_out, size)
    print(json.dumps(losses))


def _start(options: argparse.Namespace) -> BertForPreTraining:
    """Returns the encoder with fresh heads, which both programs start from."""
    torch.manual_seed(1)
    model = BertForPreTraining.from_pretrained(
        options.model_dir,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    ).float()
    model.save_pretrained(options.folder / "start")
    return model.train()


def _optimizer(model: BertForPreTraining) -> torch.optim.Optimizer:
    decayed, rest = [], []
    for name, parameter in model.named_parameters():
        is_excluded = "LayerNorm" in name or name.endswith("bias")
        (rest if is_excluded else decayed).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": 0.01},
            {"params": rest, "weight_decay": 0.0},
        ],
        lr=1.0,
        eps=1e-6,
    )


def _losses(
    model: BertForPreTraining, batch: dict[str, np.ndarray]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns sum and number of masked-LM losses, and the sentence loss."""
    inputs = {k: torch.from_numpy(v.astype(np.int64)) for k, v in batch.items()}
    hidden = model.bert(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["input_mask"],
        token_type_ids=inputs["segment_ids"],
    )
    positions = inputs["masked_lm_positions"]
    states = hidden.last_hidden_state
    chosen = torch.gather(
        states, 1, positions[:, :, None].expand(-1, -1, states.shape[-1])
    )
    logits = model.cls.predictions(chosen)
    weights = torch.from_numpy(batch["masked_lm_weights"].astype(np.float32))
    losses = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1),
        inputs["masked_lm_ids"].flatten(),
        reduction="none",
    )
    sentence = torch.nn.functional.cross_entropy(
        model.cls.seq_relationship(hidden.pooler_output),
        inputs["next_sentence_labels"][:, 0],
    )
    return (losses * weights.flatten()).sum(), weights.sum(), sentence


@torch.no_grad()
def _held_out_loss(
    model: BertForPreTraining, held_out: dict[str, np.ndarray], size: int
) -> float:
    total = count = 0.0
    for start in range(0, len(held_out["input_ids"]), size):
        batch = {k: v[start : start + size] for k, v in held_out.items()}
        loss, weight, _ = _losses(model, batch)
        total, count = total + float(loss), count + float(weight)
    return total / count


if __name__ == "__main__":
    main()
