"""Which part of a corpus is trained on, and what is said of the parts."""

from __future__ import annotations

from absl import flags, logging

from cli.run_inputs import dev_chooses
from foundation import files
from foundation.errors import InputError
from preprocessing.tokenization import Tokenizer
from tasks.corpus import TaggingCorpus
from tasks.labels import LabelMap
from tasks.splits import overlap_warning
from tasks.task import Split

_NUM_LOGGED = 5  # examples, with --log_examples


def train_split(fv: flags.FlagValues, corpus: TaggingCorpus) -> str:
    """Returns which data to train on.

    The published script trains on train + dev. That is kept where the data
    folder has such a file, unless dev has to choose the checkpoint.
    """
    if fv.train_split == "train_dev" and dev_chooses(fv):
        raise InputError(
            "dev cannot choose the checkpoint when it is trained on",
            got="--train_split=train_dev with --eval_every_steps or "
            "--eval_every_epochs",
            expected="one of the two",
            next_step="use --train_split=train, or leave out the evaluation "
            "during training",
        )
    if fv.train_split != "auto":
        return str(fv.train_split)
    if not fv.do_train or not files.is_directory(fv.data_dir):
        return "train"
    present = set(files.list_directory(fv.data_dir))
    has_joined = not present.isdisjoint(corpus.train_dev_files)
    has_train = not present.isdisjoint(corpus.train_files)
    if has_joined and not (dev_chooses(fv) and has_train):
        logging.info("Training on train and dev together, as BioBERT does.")
        return "train_dev"
    if not has_joined and not dev_chooses(fv):
        logging.info(
            "Training on train alone; --train_split=train_dev adds dev, as "
            "BioBERT does."
        )
    return "train"


def log_examples(split: Split, pieces: Tokenizer, labels: LabelMap) -> None:
    """Logs the first examples of a split, as the originals always did."""
    for number, example in enumerate(split.examples[:_NUM_LOGGED]):
        row = example.rows[0]
        ids = row.input_ids.tolist()
        names = [labels.labels[i] if i >= 0 else "-" for i in row.label_ids]
        logging.info(
            "*** Example %d of %s ***\n  tokens: %s\n  input_ids: %s\n"
            "  labels: %s",
            number,
            split.name,
            " ".join(pieces.pieces(ids)),
            " ".join(map(str, ids)),
            " ".join(names),
        )


def warn_of_overlap(splits: dict[str, Split]) -> None:
    """Warns where dev or test has sentences of the training data."""
    if "train" not in splits:
        return
    for name in ("dev", "test"):
        if name in splits:
            warning = overlap_warning(
                [example.words for example in splits["train"].examples],
                [example.words for example in splits[name].examples],
                name=name,
            )
            if warning:
                logging.warning("%s", warning)
