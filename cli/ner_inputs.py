"""What run_ner.py works on: model files, tokenizer, corpus, labels.

Everything that can be wrong with flags and files is found here, before
TensorFlow is imported.
"""

from __future__ import annotations

import dataclasses

from absl import flags, logging

from cli import model, optimization, run, task, tokenizer, tpu
from foundation import files
from foundation.errors import InputError
from preprocessing.tokenization import Tokenizer
from tasks.corpus import TaggingCorpus, read_split
from tasks.labels import BIOBERT_LABELS, LabelMap, labels_from_train
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.splits import overlap_warning
from tasks.tagging import TaggingTask
from tasks.task import Split
from training.options import num_updates

_NUM_LOGGED = 5  # examples, with --log_examples


@dataclasses.dataclass(frozen=True)
class NerInputs:
    """Inputs of a run, read and checked.

    Attributes:
      fv: the flags, for what needs no more checking.
      model: config, first weights, precision.
      tokenizer: of the model.
      task: the corpus with its labels.
      splits: what the run needs of "train", "dev", "test".
    """

    fv: flags.FlagValues
    model: model.ModelFlags
    tokenizer: Tokenizer
    task: TaggingTask
    splits: dict[str, Split]

    @property
    def dev_chooses(self) -> bool:
        """Whether dev is scored in training and picks the checkpoint."""
        return _dev_chooses(self.fv)


def read(fv: flags.FlagValues, *, label_folder: str) -> NerInputs:
    """Reads all that the flags name.

    Args:
      fv: parsed flags.
      label_folder: where a trained model's label_map.json would be.

    Raises:
      InputError: something cannot be used.
    """
    run.check(fv)
    optimization.check(fv)
    tpu.refuse_tpu(fv)
    run.prepare_output_dir(fv.output_dir, overwrite=False)  # not yet
    corpus = task.read_tagging(fv)
    model_flags = model.read(fv)
    pieces = _tokenizer(fv, model_flags)
    train_split = _train_split(fv, corpus)
    train = None
    if fv.do_train:
        train = read_split(corpus, fv.data_dir, train_split)
        num_updates(
            len(train[0]),
            optimization.read_batches(fv, pad_to_max=False),
            optimization.read_schedule(fv),
        )  # raises where there are none
        labels = labels_from_train(train[0], scheme=fv.label_scheme)
    else:
        labels = _labels_of_model(fv, label_folder)
    tagging = TaggingTask(
        corpus,
        fv.data_dir,
        tokenizer=pieces,
        label_map=labels,
        max_seq_length=fv.max_seq_length,
    )
    splits = {}
    if train is not None:
        splits["train"] = tagging.featurize(train_split, *train)
    if fv.do_eval or (fv.do_train and _dev_chooses(fv)):
        splits["dev"] = tagging.read("dev")
    if fv.do_predict:
        splits["test"] = tagging.read("test")
    _warn_of_overlap(splits)
    if fv.log_examples:
        for split in splits.values():
            _log_examples(split, pieces, labels)
    return NerInputs(fv, model_flags, pieces, tagging, splits)


def prepare_folder(inputs: NerInputs, folder: str) -> None:
    """Puts labels and config where the checkpoints will be.

    Raises:
      InputError: its checkpoint was trained with another label set.
    """
    if not inputs.fv.do_train:
        return
    if not files.exists(files.join(folder, "checkpoint")):
        files.remove(files.join(folder, LABEL_FILE))
    inputs.task.save_labels(folder)
    model.write_config(folder, inputs.model)


def _tokenizer(
    fv: flags.FlagValues, model_flags: model.ModelFlags
) -> Tokenizer:
    config = model_flags.config
    if fv.max_seq_length > config.max_position_embeddings:
        raise InputError(
            "--max_seq_length is beyond the model's positions",
            got=fv.max_seq_length,
            expected=f"at most {config.max_position_embeddings}, "
            "max_position_embeddings of the config",
            next_step=f"set --max_seq_length={config.max_position_embeddings} "
            "or less",
        )
    if not fv.vocab_file and not fv.spm_model_file and fv.init_checkpoint:
        fv.vocab_file = model.vocabulary_beside(fv.init_checkpoint)
    pieces = tokenizer.load_tokenizer(tokenizer.read(fv), family=config.family)
    if pieces.vocab_size != config.vocab_size:
        raise InputError(
            "vocabulary and config do not belong together",
            got=f"{pieces.vocab_size} pieces in the vocabulary",
            expected=f"{config.vocab_size}, vocab_size of the config",
            next_step="look at --vocab_file (or --spm_model_file) and "
            "--bert_config_file",
        )
    return pieces


def _dev_chooses(fv: flags.FlagValues) -> bool:
    return bool(fv.eval_every_steps or fv.eval_every_epochs)


def _train_split(fv: flags.FlagValues, corpus: TaggingCorpus) -> str:
    """Returns which data to train on.

    The published script trains on train + dev. That is kept where the data
    folder has such a file, unless dev has to choose the checkpoint.
    """
    if fv.train_split == "train_dev" and _dev_chooses(fv):
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
    if has_joined and not (_dev_chooses(fv) and has_train):
        logging.info("Training on train and dev together, as BioBERT does.")
        return "train_dev"
    if not has_joined and not _dev_chooses(fv):
        logging.info(
            "Training on train alone; --train_split=train_dev adds dev, as "
            "BioBERT does."
        )
    return "train"


def _labels_of_model(fv: flags.FlagValues, folder: str) -> LabelMap:
    folders = [folder]
    if fv.init_checkpoint:
        folders.append(model.folder_of_checkpoint(fv.init_checkpoint))
    for candidate in folders:
        if files.exists(files.join(candidate, LABEL_FILE)):
            labels = LabelMap.load(candidate)
            _check_scheme(fv, labels, candidate)
            return labels
    if fv.label_scheme == "biobert":
        # The original keeps its labels in a pickle, which is not read; they
        # are always these.
        logging.info("No %s: the labels of BioBERT's script.", LABEL_FILE)
        return BIOBERT_LABELS
    raise InputError(
        "the labels of the model are not known",
        got=f"no {LABEL_FILE} in {' or '.join(folders)}",
        expected="the file that training leaves beside its checkpoints",
        next_step="add --do_train, or name the --output_dir of a trained model",
    )


def _check_scheme(fv: flags.FlagValues, labels: LabelMap, folder: str) -> None:
    if fv["label_scheme"].present and fv.label_scheme != labels.scheme:
        raise InputError(
            "--label_scheme is not that of the trained model",
            got=f"--label_scheme={fv.label_scheme}",
            expected=labels.scheme,
            next_step="leave --label_scheme out",
            path=folder,
        )


def _log_examples(split: Split, pieces: Tokenizer, labels: LabelMap) -> None:
    """Logs the first examples of a split, as the originals always did."""
    for number, example in enumerate(split.examples[:_NUM_LOGGED]):
        ids = example.features.input_ids.tolist()
        names = [
            labels.labels[i] if i >= 0 else "-"
            for i in example.features.label_ids
        ]
        logging.info(
            "*** Example %d of %s ***\n  tokens: %s\n  input_ids: %s\n"
            "  labels: %s",
            number,
            split.name,
            " ".join(pieces.pieces(ids)),
            " ".join(map(str, ids)),
            " ".join(names),
        )


def _warn_of_overlap(splits: dict[str, Split]) -> None:
    if "train" not in splits:
        return
    for name in ("dev", "test"):
        if name in splits:
            warning = overlap_warning(
                splits["train"].examples, splits[name].examples, name=name
            )
            if warning:
                logging.warning("%s", warning)
