"""Times tagging raw sentences with pipeline("ner"): the yardstick.

Reads the test split, joins each sentence's words with a blank and feeds them
to a pipeline. Prints one JSON line. `ner_prediction.py` runs it as a child
process in an environment that has torch and transformers.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import time

NUM_WARMUP = 32  # sentences run before the clock starts


def main() -> None:
    options = parse_options()
    try:
        import torch
        import transformers
    except ImportError as error:
        sys.exit(
            f"{error.name} is missing in {sys.executable}. Next: "
            "pip install torch transformers there, or run with another python"
        )
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    sentences = read_sentences(options.data_dir / "test.tsv")
    sentences = sentences[: options.max_sentences]
    tagger = transformers.pipeline(
        "ner",
        model=tagging_model(options),
        tokenizer=transformers.AutoTokenizer.from_pretrained(options.model_dir),
        batch_size=options.batch_size,
        device="cpu",
    )
    tagger(sentences[:NUM_WARMUP])
    start = time.perf_counter()
    found = tagger(sentences)
    seconds = time.perf_counter() - start
    what = (
        f"pipeline('ner'), transformers {transformers.__version__}, torch "
        f"{torch.__version__}, {torch.get_num_threads()} threads, "
        f"{options.precision}, batch {options.batch_size}"
    )
    result = {
        "what": what,
        "sentences": len(found),
        "seconds": round(seconds, 3),
        "sentences_per_second": round(len(found) / seconds, 2),
    }
    print(json.dumps(result))


def tagging_model(options: argparse.Namespace):
    """Returns the model with a head that finds no entity at all.

    Nothing is then left to do after the forward pass, which is to the
    pipeline's advantage.
    """
    import torch
    import transformers

    model = transformers.AutoModelForTokenClassification.from_pretrained(
        options.model_dir,
        num_labels=options.num_labels,
        dtype=getattr(torch, options.precision),
    )
    model.config.id2label[0] = "O"
    torch.nn.init.zeros_(model.classifier.weight)
    torch.nn.init.zeros_(model.classifier.bias)
    with torch.no_grad():
        model.classifier.bias[0] = 10.0
    return model


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True, type=pathlib.Path)
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument(
        "--precision", choices=["float32", "bfloat16"], default="float32"
    )
    parser.add_argument(
        "--max_sentences", type=int, help="stop here; default: all"
    )
    parser.add_argument(
        "--num_labels",
        type=int,
        default=3,  # O, B-Disease, I-Disease
        help="of the head, which is fresh where the model has none",
    )
    return parser.parse_args()


def read_sentences(path: pathlib.Path) -> list[str]:
    """Returns the sentences of a `word TAB tag` file, words joined by blanks.

    Not foundation.files: the child's environment lacks our packages.
    """
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [
        " ".join(line.split("\t")[0] for line in block.splitlines())
        for block in blocks
    ]


if __name__ == "__main__":
    main()
