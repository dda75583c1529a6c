"""Times a pretraining update with transformers + PyTorch: the yardstick.

BertForPreTraining or AlbertForPreTraining from random weights, torch's AdamW,
clipping at 1.0; bfloat16 is torch's autocast. Batches of random ids lie in
memory. Prints one JSON line. `pretraining_step.py` runs it as a child process
in an environment that has torch and transformers.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from typing import Any

BATCH_SIZE, SEQ_LENGTH, PREDICTIONS = 8, 128, 20
LEARNING_RATE, WEIGHT_DECAY, CLIP_NORM = 1e-4, 0.01, 1.0
_WARMUP = 5  # updates left out: thread pools and caches fill
_NOT_PREDICTED = -100  # what the loss of transformers ignores
_DROPOUT = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
_SENTENCE_LABEL = {"bert": "next_sentence_label"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=["bert", "albert"], default="bert")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    try:
        import torch
        import transformers
    except ImportError as error:
        sys.exit(
            f"{error.name} is missing in {sys.executable}. Next: "
            "pip install torch transformers there, or run with another python"
        )
    torch.manual_seed(1)
    seconds = train(base_model(options.model), options)[_WARMUP:]
    result = {
        "what": f"transformers {transformers.__version__}, "
        f"torch {torch.__version__}, {options.model}, {options.precision}",
        "steps": len(seconds),
        "seconds_per_step": statistics.median(seconds),
    }
    print(json.dumps(result))


def base_model(name: str) -> Any:
    """Returns a model of base size; ALBERT's class starts from another one."""
    import transformers as t

    if name == "bert":
        return t.BertForPreTraining(t.BertConfig(vocab_size=30522, **_DROPOUT))
    config = t.AlbertConfig(
        vocab_size=30000,
        embedding_size=128,
        hidden_size=768,
        num_attention_heads=12,
        intermediate_size=3072,
        **_DROPOUT,
    )
    return t.AlbertForPreTraining(config)


def train(model: Any, options: argparse.Namespace) -> list[float]:
    """Trains; returns the seconds of every update."""
    import torch

    model.train()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    seconds = []
    for _ in range(options.steps):
        batch = random_batch(options.model, model.config.vocab_size)
        began = time.perf_counter()
        with torch.autocast(
            "cpu", torch.bfloat16, enabled=options.precision == "bfloat16"
        ):
            loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()
        optimizer.zero_grad()
        seconds.append(time.perf_counter() - began)
    return seconds


def random_batch(name: str, vocab_size: int) -> dict[str, Any]:
    """Returns full rows with `PREDICTIONS` labelled pieces each."""
    import torch

    shape = (BATCH_SIZE, SEQ_LENGTH)
    labels = torch.full(shape, _NOT_PREDICTED)
    for row in labels:
        places = torch.randperm(SEQ_LENGTH - 1)[:PREDICTIONS] + 1
        row[places] = torch.randint(5, vocab_size, (PREDICTIONS,))
    segments = (torch.arange(SEQ_LENGTH) >= SEQ_LENGTH // 2).long()
    sentence = _SENTENCE_LABEL.get(name, "sentence_order_label")
    return {
        "input_ids": torch.randint(5, vocab_size, shape),
        "attention_mask": torch.ones(shape, dtype=torch.long),
        "token_type_ids": segments.repeat(BATCH_SIZE, 1),
        "labels": labels,
        sentence: torch.randint(0, 2, (BATCH_SIZE,)),
    }


if __name__ == "__main__":
    main()
