r"""Makes the small pretrained checkpoint that `make demo` starts from.

Trains a BERT of two layers on masked words alone: a tool of the demo, not a
pretraining script. tests/fixtures/demo_checkpoint/README.md has the command.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from absl import flags, logging

from cli import entry
from foundation import files
from preprocessing.tokenization import Tokenizer, load_wordpiece

# From random weights, a model this small spends thousands of updates on the
# plateau of word frequencies. It is started beyond it: pieces that occur
# together have like vectors, and the heads of layer 0 look at neighbours.
WINDOW = 3
START_RANGE = 0.06
OFFSETS = (-1, 1, -3, 3)  # of layer 0, one a head
SHARPNESS = 3.0
LENGTH = 128  # pieces of a row, and positions of the model
PREDICTIONS = 20  # masked pieces of a row, at most
BATCH_SIZE = 16
LEARNING_RATE = 2e-3
WARMUP_STEPS = 200
CONFIG = {
    "hidden_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 512,
    "max_position_embeddings": LENGTH,
    "type_vocab_size": 2,
    "gelu_form": "tanh",
}

Batch = Mapping[str, Any]


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    text, number = flags.DEFINE_string, flags.DEFINE_integer
    about = "A sentence a line, a blank line between documents."
    text("corpus", None, about, required=True, flag_values=fv)
    about = "An uncased WordPiece vocabulary."
    text("vocab_file", None, about, required=True, flag_values=fv)
    about = "Receives checkpoint, config and vocabulary."
    text("output_dir", None, about, required=True, flag_values=fv)
    number("num_train_steps", 3000, "Updates.", flag_values=fv)
    number("seed", 1, "Of weights, row order and masks.", flag_values=fv)


def read_rows(corpus: str, tokenizer: Tokenizer) -> np.ndarray:
    """Returns int32 [rows, LENGTH]: documents cut up, [CLS] ... [SEP]."""
    text = files.read_text(corpus, what="the corpus", next_step="see --help")
    rows, width = [], LENGTH - 2
    for document in text.split("\n\n"):
        sentences = tokenizer.encode_lines(document.splitlines())
        pieces = [piece for sentence in sentences for piece in sentence]
        for start in range(0, len(pieces), width):
            part = pieces[start : start + width]
            padding = [tokenizer.pad_id] * (width - len(part))
            ends = tokenizer.cls_id, *part, tokenizer.sep_id
            rows.append([*ends, *padding])
    return np.array(rows, np.int32)


def masked_batches(
    rows: np.ndarray, tokenizer: Tokenizer, *, seed: int
) -> Iterator[Batch]:
    """Yields batches without end; a row has other masks each time it comes."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(rows))
        for start in range(0, len(order) - BATCH_SIZE + 1, BATCH_SIZE):
            chosen = rows[order[start : start + BATCH_SIZE]]
            yield mask(chosen, tokenizer, rng=rng)


def mask(
    ids: np.ndarray, tokenizer: Tokenizer, *, rng: np.random.Generator
) -> Batch:
    """Hides 15 % of the pieces of rows ids, int32 [B, S]."""
    special = [tokenizer.pad_id, tokenizer.cls_id, tokenizer.sep_id]
    may = ~np.isin(ids, special)
    lots = np.where(may, rng.random(ids.shape), 2.0)
    positions = np.argsort(lots, axis=1)[:, :PREDICTIONS]
    wanted = np.rint(0.15 * may.sum(axis=1, keepdims=True))
    weights = np.arange(PREDICTIONS) < np.maximum(1, wanted)
    targets = np.take_along_axis(ids, positions, axis=1)
    # 80 % become [MASK], 10 % another piece, 10 % stay as they are.
    die = rng.random(targets.shape)
    others = rng.integers(0, tokenizer.vocab_size, targets.shape)
    shown = np.where(die < 0.8, tokenizer.mask_id, others)
    masked = ids.copy()
    shown = np.where(weights & (die < 0.9), shown, targets)
    np.put_along_axis(masked, positions, shown, axis=1)
    return {
        "input_ids": masked,
        "input_mask": (ids != tokenizer.pad_id).astype(np.int32),
        "masked_lm_positions": positions.astype(np.int32),
        "masked_lm_ids": targets,
        "masked_lm_weights": weights.astype(np.float32),
    }


def start_words(rows: np.ndarray, table: Any, bias: Any) -> None:
    """Starts the word embeddings with what occurs together in the text.

    Args:
      rows: int32 [rows, LENGTH].
      table: word embeddings [V, D]; becomes the largest eigenvectors of the
        positive pointwise mutual information of pieces within WINDOW.
      bias: of the output [V]; becomes the logarithm of the frequencies.
    """
    size, width = table.shape
    counts = np.zeros(size * size)
    for gap in range(1, WINDOW + 1):
        pairs = rows[:, :-gap].astype(np.int64) * size + rows[:, gap:]
        counts += np.bincount(pairs.ravel(), minlength=size * size)
    together = counts.reshape(size, size)
    together[0] = together[:, 0] = 0  # padding
    together += together.T
    sums = together.sum(axis=0) + 1
    independent = np.outer(sums, sums) / sums.sum()
    information = np.log(np.maximum(together / independent, 1.0))
    values, vectors = np.linalg.eigh(information)
    vectors = vectors[:, -width:] * np.sqrt(np.abs(values[-width:]))
    table.assign((vectors * START_RANGE / vectors.std()).astype(np.float32))
    bias.assign(np.log(sums / sums.sum()).astype(np.float32))


def look_at_neighbours(named: Mapping[str, Any]) -> None:
    """Starts layer 0 with heads that look at OFFSETS, whatever the word.

    Positions start as sines and cosines (Vaswani et al. 2017); a query is
    its own position turned by the offset, a key the position as it is.
    """
    positions = named["bert/embeddings/position_embeddings"]
    width = positions.shape[1]
    rates = 1e4 ** (-np.arange(0, width, 2) / width)
    angles = np.arange(LENGTH)[:, np.newaxis] * rates
    waves = np.hstack([np.sin(angles), np.cos(angles)])
    positions.assign((START_RANGE * 1.4 * waves).astype(np.float32))
    query, key = np.zeros([2, width, width], np.float32)
    pairs = width // len(OFFSETS) // 2
    for head, offset in enumerate(OFFSETS):
        for pair, rate in enumerate(rates[:pairs]):
            rows = [pair, width // 2 + pair]  # sine and cosine
            columns = [2 * (head * pairs + pair) + part for part in (0, 1)]
            cosine, sine = np.cos(rate * offset), np.sin(rate * offset)
            turn = np.array([[cosine, -sine], [sine, cosine]])
            query[np.ix_(rows, columns)] = SHARPNESS * turn
            key[np.ix_(rows, columns)] = np.eye(2)
    scope = "bert/encoder/layer_0/attention/self"
    named[f"{scope}/query/kernel"].assign(query)
    named[f"{scope}/key/kernel"].assign(key)


def train(
    rows: np.ndarray, tokenizer: Tokenizer, *, config: Any, fv: Any
) -> dict[str, Any]:
    """Trains without dropout; returns the weights by checkpoint name."""
    import tensorflow as tf

    from modeling import encoder, heads, losses, tensors
    from training import optimizers

    wider = dataclasses.replace(config, initializer_range=START_RANGE)
    start = {"gelu_form": config.gelu_form, "seed": fv.seed}
    bert = encoder.build_encoder(wider, **start)
    look_at_neighbours(bert.named)
    head = heads.MaskedLanguageModel(bert, **start)
    variables = {**bert.named, **head.named}
    bias = variables["cls/predictions/output_bias"]
    start_words(rows, bert.embedding_table(), bias)
    used = {k: v for k, v in variables.items() if "/pooler/" not in k}
    options = optimizers.OptimizerOptions(bias_correction=True)
    optimizer = optimizers.Optimizer(used, options)

    @tf.function(autograph=False)
    def update(batch: Batch, rate: Any, step: Any) -> Any:
        ids, attended = batch["input_ids"], batch["input_mask"]
        with tf.GradientTape() as tape:
            segments, wanted = tf.zeros_like(ids), batch["masked_lm_positions"]
            x = tensors.EncoderInputs(ids, attended, segments, wanted=wanted)
            logits = head(bert(x).sequence_output)
            loss = losses.masked_lm_loss(
                logits, batch["masked_lm_ids"], batch["masked_lm_weights"]
            )
        gradients = tape.gradient(loss, list(used.values()))
        clipped, _ = optimizers.clip_gradients(gradients, options)
        optimizer.apply(clipped, learning_rate=rate, step=step)
        return loss

    batches = masked_batches(rows, tokenizer, seed=fv.seed)
    run_updates(update, batches, fv.num_train_steps)
    return variables


def run_updates(
    update: Callable[..., Any], batches: Iterator[Batch], steps: int
) -> None:
    """Applies the updates; logs the mean loss of every hundred."""
    import tensorflow as tf

    from training import schedules

    began, recent = time.monotonic(), []
    schedule = schedules.WarmupPolynomialDecay(
        LEARNING_RATE, steps, WARMUP_STEPS
    )
    for step in range(steps):
        batch = {k: tf.constant(v) for k, v in next(batches).items()}
        rate = tf.constant(schedule.rate_of_update(step), tf.float32)
        recent.append(update(batch, rate, tf.constant(step, tf.int64)))
        if len(recent) == 100:
            mean = float(np.mean([float(loss) for loss in recent]))
            spent = time.monotonic() - began
            logging.info("%d: loss %.3f, %.0f s", step + 1, mean, spent)
            recent = []


def main(_: Sequence[str]) -> None:
    """Reads, trains, writes."""
    fv, join = flags.FLAGS, files.join
    tokenizer = load_wordpiece(fv.vocab_file, lower_case=True)
    vocabulary = files.read_bytes(fv.vocab_file)
    rows = read_rows(fv.corpus, tokenizer)
    logging.info("%d rows of up to %d pieces", *rows.shape)
    files.make_directory(fv.output_dir)

    from modeling.config import config_from_dict, config_to_json
    from modeling.weights import tf1

    config = config_from_dict({"vocab_size": tokenizer.vocab_size, **CONFIG})
    weights = train(rows, tokenizer, config=config, fv=fv)
    name = f"model.ckpt-{fv.num_train_steps}"
    tf1.write_bundle(join(fv.output_dir, name), weights)
    with files.write_atomically(join(fv.output_dir, "vocab.txt"), "wb") as file:
        file.write(vocabulary)
    path = join(fv.output_dir, "bert_config.json")
    with files.write_atomically(path) as file:
        file.write(config_to_json(config))


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main, private=False)
