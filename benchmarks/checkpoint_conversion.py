"""Converting a model: seconds, and memory in copies of its weights.

  python benchmarks/checkpoint_conversion.py MODEL [MODEL ...]
  python benchmarks/checkpoint_conversion.py --random=bert,albert

Each conversion is a process of its own: a Hugging Face folder becomes a TF1
checkpoint, and that one a Hugging Face folder again; 200 sentences are
compared on the way. --random makes models of base size. Memory is the peak
less what TensorFlow takes when it is imported.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import resource
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from children import last_json_line

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_KILOBYTE = 1024  # what ru_maxrss counts in on Linux
_BERT_PIECES, _ALBERT_PIECES = 28996, 30000


def main() -> None:
    options = parse_options()
    if options.convert:
        print(json.dumps(converted(*options.convert)))
        return
    if options.make:
        print(json.dumps(random_model(*options.make)))
        return
    with tempfile.TemporaryDirectory() as folder:
        models = [*options.models]
        for family in filter(None, options.random.split(",")):
            place = f"{folder}/{family}"
            # Not here: a child begins with its parent's peak of memory.
            last_json_line([sys.executable, __file__, "--make", place, family])
            models.append(place)
        for number, model in enumerate(models):
            there, back = (f"{folder}/{number}-{n}" for n in ("a", "b"))
            for source, target in ((model, there), (there, back)):
                command = [sys.executable, __file__, "--convert"]
                result = last_json_line([*command, source, target])
                print(f"{source}: {result}", flush=True)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("models", nargs="*")
    parser.add_argument("--random", default="", help="bert, albert or both")
    parser.add_argument("--convert", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def random_model(folder: str, family: str) -> dict[str, str]:
    """Writes pretrained weights of base size, at random."""
    from modeling.config import AlbertConfig, BertConfig, config_to_json
    from modeling.encoder import build_encoder
    from modeling.heads import LabelHead, MaskedLanguageModel
    from modeling.weights import tf1

    config: AlbertConfig | BertConfig = BertConfig(vocab_size=_BERT_PIECES)
    if family == "albert":
        config = AlbertConfig(
            vocab_size=_ALBERT_PIECES,
            hidden_size=768,
            num_attention_heads=12,
            intermediate_size=3072,
        )
    encoder = build_encoder(config, gelu_form="tanh", seed=1)
    masked_lm = MaskedLanguageModel(encoder, gelu_form="tanh")
    pairs = LabelHead("cls/seq_relationship", 2, config)
    os.makedirs(folder)
    tf1.write_bundle(
        f"{folder}/model.ckpt-1",
        {**encoder.named, **masked_lm.named, **pairs.named},
    )
    path = pathlib.Path(folder, f"{family}_config.json")
    path.write_text(config_to_json(config), encoding="utf-8")
    return {"folder": folder}


def converted(source: str, target: str) -> dict[str, object]:
    """Converts a model in this process; returns what it took."""
    import tensorflow as tf

    from conversion.conversion import convert

    tf.constant(0.0)  # starts what a process has once
    before = peak_bytes()
    began = time.perf_counter()
    report = convert(source, target)
    seconds = time.perf_counter() - began
    folder = pathlib.Path(target)
    weights = max(path.stat().st_size for path in folder.iterdir())
    taken = peak_bytes() - before
    return {
        "format": report.target_format,
        "seconds": round(seconds, 1),
        "weights_mb": round(weights / 1e6),
        "memory_mb": round(taken / 1e6),
        "copies": round(taken / weights, 2),
        "largest_difference": report.largest_difference,
    }


def peak_bytes() -> int:
    """Returns the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KILOBYTE


if __name__ == "__main__":
    main()
