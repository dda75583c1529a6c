"""PyTorch and transformers behind a pipe: what they make of exported folders.

TensorFlow and PyTorch stay in different processes, so the tests (asking.py)
start this program with the Python of `make huggingface`. It imports nothing
of the kit. One JSON object per line comes in, one goes out; arrays travel in
npz files that the request names.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any

import numpy as np

# Nothing is downloaded, and one request uses one core.
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}


def main() -> None:
    """Answers requests until the input ends."""
    # The answers' line belongs to us; what libraries print goes to stderr.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            answer = answer_to(json.loads(line))
        except Exception as error:  # noqa: BLE001 - told to who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=plain), file=answers, flush=True)


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """Calls the function that the request's "verb" names."""
    arguments = dict(request)
    return VERBS[arguments.pop("verb")](**arguments)


def plain(value: Any) -> Any:
    """Returns what JSON can hold of numpy's, torch's and Python's values."""
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def versions() -> dict[str, Any]:
    """Returns the versions of what answers."""
    import tokenizers
    import torch
    import transformers

    modules = (tokenizers, torch, transformers)
    return {module.__name__: module.__version__ for module in modules}


def load(
    *, folder: str, class_name: str, kwargs: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Loads a model and says which keys were missing or not expected.

    Args:
      folder: the exported folder.
      class_name: of transformers, such as BertForPreTraining.
      kwargs: more for `from_pretrained`.
    """
    model, info = load_model(folder, class_name, **(kwargs or {}))
    return {
        "class": type(model).__name__,
        "missing": sorted(info["missing_keys"]),
        "unexpected": sorted(info["unexpected_keys"]),
        "mismatched": sorted(map(str, info["mismatched_keys"])),
        "errors": sorted(map(str, info.get("error_msgs") or ())),
        "config": model.config.to_dict(),
        "parameters": sum(p.numel() for p in model.parameters()),
    }


def load_model(
    folder: str, class_name: str, **kwargs: Any
) -> tuple[Any, dict[str, Any]]:
    """Returns the model, ready to compute in float32, and the loading info."""
    import torch
    import transformers

    model, info = getattr(transformers, class_name).from_pretrained(
        folder,
        output_loading_info=True,
        local_files_only=True,
        attn_implementation="eager",
        **({"dtype": torch.float32} | kwargs),
    )
    return model.eval(), info


def logits(
    *,
    folder: str,
    class_name: str,
    inputs: str,
    outputs: str,
    batch_size: int = 16,
) -> dict[str, Any]:
    """Computes a model's outputs.

    Args:
      folder: the exported folder.
      class_name: of transformers.
      inputs: npz with the arguments of `forward`: input_ids [B, S] (or
        [B, choices, S]), attention_mask, token_type_ids. All have B rows.
      outputs: npz to write; every tensor that the model returned, float32,
        under transformers' name: logits, start_logits, prediction_logits, ...
      batch_size: rows computed together.
    """
    import torch

    model, _ = load_model(folder, class_name)
    with np.load(inputs) as arrays:
        given = {n: torch.from_numpy(arrays[n]).long() for n in arrays.files}
    parts: dict[str, list[Any]] = {}
    num_rows = len(given["input_ids"])
    for at in range(0, num_rows, batch_size):
        rows = {n: array[at : at + batch_size] for n, array in given.items()}
        with torch.no_grad():
            found = model(**rows)
        for name, value in found.items():
            if torch.is_tensor(value):
                parts.setdefault(name, []).append(value.float().numpy())
    np.savez(outputs, **{n: np.concatenate(of) for n, of in parts.items()})
    return {"outputs": outputs, "names": list(parts)}


def make(
    *, folder: str, class_name: str, config: dict[str, Any], seed: int = 0
) -> dict[str, Any]:
    """Saves a random model: weights and config.json, as transformers does.

    Every weight is moved from where it starts, so that no bias is 0 and no
    scale is 1, and an exchanged pair shows.
    """
    import torch
    import transformers

    torch.manual_seed(seed)
    model_class = getattr(transformers, class_name)
    model = model_class(model_class.config_class(**config))
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape) * 0.02)
    model.save_pretrained(folder)
    return {"files": sorted(os.listdir(folder))}


def tokenize(
    *,
    folder: str,
    lines: list[str],
    class_name: str = "AutoTokenizer",
    special: bool = False,
    kwargs: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Returns the ids of each line, and what the tokenizer says of itself.

    Args:
      folder: the exported folder.
      lines: the texts.
      class_name: of transformers.
      special: whether [CLS] and [SEP] are added.
      kwargs: more for `from_pretrained`.
    """
    import transformers

    tokenizer = getattr(transformers, class_name).from_pretrained(
        folder, local_files_only=True, **(kwargs or {})
    )
    # `verbose` would warn of every line beyond the true limit.
    found = tokenizer(lines, add_special_tokens=special, verbose=False)
    return {
        "class": type(tokenizer).__name__,
        "is_fast": tokenizer.is_fast,
        "ids": found["input_ids"],
        "length": len(tokenizer),
        "model_max_length": tokenizer.model_max_length,
        "model_input_names": tokenizer.model_input_names,
        "settings": {
            name: getattr(tokenizer, name, None)
            for name in ("do_lower_case", "strip_accents", "keep_accents")
        },
        "special_ids": {
            name: getattr(tokenizer, f"{name}_token_id")
            for name in ("pad", "unk", "cls", "sep", "mask")
        },
    }


def decode(*, folder: str, ids: list[list[int]]) -> dict[str, Any]:
    """Returns the text of each row of ids."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(
        folder, local_files_only=True
    )
    return {"texts": [tokenizer.decode(row) for row in ids]}


def pipeline(
    *,
    task: str,
    folder: str,
    texts: list[Any],
    kwargs: dict[str, Any] | None = None,
    call: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Returns what `transformers.pipeline` makes of each text.

    Args:
      task: such as "ner", "text-classification", "question-answering".
      folder: the exported folder, with its tokenizer.
      texts: the inputs, one call each (a dict holds keyword arguments).
      kwargs: more for `pipeline`, such as aggregation_strategy.
      call: more for each call, such as top_k.
    """
    import transformers

    run = transformers.pipeline(
        task, model=folder, tokenizer=folder, device="cpu", **(kwargs or {})
    )
    more = call or {}
    results = [
        run(**text, **more) if isinstance(text, dict) else run(text, **more)
        for text in texts
    ]
    return {"results": results}


def fill_mask(
    *, folder: str, texts: list[str], top_k: int = 5
) -> dict[str, Any]:
    """Returns the likeliest pieces for the [MASK] of each text."""
    return pipeline(
        task="fill-mask", folder=folder, texts=texts, kwargs={"top_k": top_k}
    )


VERBS = {
    "versions": versions,
    "load": load,
    "logits": logits,
    "make": make,
    "tokenize": tokenize,
    "decode": decode,
    "pipeline": pipeline,
    "fill_mask": fill_mask,
}


if __name__ == "__main__":
    # Whoever asked may have gone.
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main()
