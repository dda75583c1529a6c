"""Were the records made for this model? Are they the files that were made?

All of it before TensorFlow is imported, and with both values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from absl import flags, logging

from cli import model
from cli.lm_probe import RecordLimits, check_first_records
from cli.lm_records import NamedRecords
from cli.lm_vocabulary import KnownVocabulary
from foundation import files
from foundation.errors import InputError
from modeling.config import Config, find_config, read_config
from modeling.weights.checkpoint_paths import resolve_prefix
from preprocessing.manifest import ListedFile, Manifest, split_path
from preprocessing.manifest_checks import (
    check_against,
    check_size,
    verify_file,
)
from preprocessing.tfrecord import HEADER_BYTES, is_gzip

# Read and hashed in 2 s; more is left to the reader, which checks every
# record's own checksum.
MAX_VERIFIED_BYTES = 512 << 20
_NO_TYPE_VOCAB_SIZE = 16  # google-research/bert modeling.py BertConfig
# In the names of a checkpoint's variables, which its index has in plain text.
_MARKS = {"bert": b"layer_0/attention", "albert": b"group_0/inner_group_0"}


def check_model(fv: flags.FlagValues, config: Config) -> None:
    """Raises InputError where weights or flags are another family's."""
    family = config.family
    if fv.init_from_group0 and (family == "bert" or not fv.init_checkpoint):
        raise InputError(
            "--init_from_group0 without groups to start from",
            got=f"a {family.upper()} config and "
            f"--init_checkpoint={fv.init_checkpoint or ''}",
            expected="an ALBERT config and weights",
            next_step="leave --init_from_group0 out",
        )
    if family == "bert" and config.type_vocab_size == _NO_TYPE_VOCAB_SIZE:
        logging.warning(
            "type_vocab_size is 16, BERT's default where the config does not "
            "name it; the released models have 2."
        )
    if not fv.init_checkpoint:
        return
    found = family_of(fv.init_checkpoint)
    if found is not None and found != family:
        raise InputError(
            "config and weights are of different families",
            got=f"weights of {found.upper()}",
            expected=f"{family.upper()}, as the config says",
            next_step="look at --bert_config_file and --init_checkpoint",
            path=fv.init_checkpoint,
        )


def family_of(checkpoint: str) -> str | None:
    """Returns the family of weights; None where their names do not say."""
    prefix = resolve_prefix(checkpoint)
    if prefix is None:
        path = find_config(model.folder_of_checkpoint(checkpoint))
        return read_config(path).family if path else None
    index = files.read_bytes(f"{prefix}.index")
    found = [family for family, mark in _MARKS.items() if mark in index]
    return found[0] if len(found) == 1 else None


def check_fits_model(
    named: NamedRecords,
    config: Config,
    vocabulary: KnownVocabulary | None,
    *,
    lower_case: bool | None,
    needs_labels: bool,
) -> None:
    """Raises InputError for records that this model cannot be trained on.

    Args:
      named: the records.
      config: of the model.
      vocabulary: of the model; None = not known.
      lower_case: whether the text must have been lower-cased; None = not
        known.
      needs_labels: whether a sentence task is trained.
    """
    if named.max_seq_length > config.max_position_embeddings:
        raise InputError(
            f"the records of --{named.flag} are longer than the model's "
            "positions",
            got=f"max_seq_length {named.max_seq_length}",
            expected=f"at most {config.max_position_embeddings}, "
            "max_position_embeddings of the config",
            next_step="make records of that length, or give another config",
            path=named.path,
        )
    if needs_labels and not named.has_labels:
        raise InputError(
            "the records have nothing to learn of sentences",
            got=f"no next_sentence_labels in the records of --{named.flag}",
            expected="labels, or --objective=masked_lm",
            next_step="give --objective=masked_lm, or records of sentence "
            "pairs",
            path=named.path,
        )
    expected: dict[str, Any] = {"family": config.family}
    if vocabulary is not None:
        expected["vocab_sha256"] = vocabulary.pieces.vocab_sha256
    if lower_case is not None:
        expected["do_lower_case"] = lower_case
    if named.manifest is not None:
        folder, _ = split_path(named.path)
        check_against(named.manifest, expected, folder=folder)
    _check_masks(named, vocabulary)
    _probe(named, config, needs_labels=needs_labels)


def _check_masks(
    named: NamedRecords, vocabulary: KnownVocabulary | None
) -> None:
    if named.has_masks:
        return
    # ALBERT's data with --masked_lm_prob=0 has none and is to have none.
    manifest = named.manifest
    if manifest is None or not manifest.flags.get("dynamic_masking"):
        raise InputError(
            "the records have no masks",
            got=f"no masked_lm features in the records of --{named.flag}",
            expected="masks, or records of --dynamic_masking",
            next_step="make the records with --masked_lm_prob=0.15",
            path=named.path,
        )
    if vocabulary is None:
        raise InputError(
            "masks are to be drawn, of a vocabulary that is not known",
            got=f"records of --dynamic_masking as --{named.flag}, and no "
            "vocabulary",
            expected="the vocabulary that they were made with",
            next_step="add --vocab_file (ALBERT: --spm_model_file)",
            path=named.path,
        )


def _probe(named: NamedRecords, config: Config, *, needs_labels: bool) -> None:
    """Looks at the first records: of one file of a set, else of each file."""
    predictions = named.max_predictions_per_seq if named.has_masks else None
    limits = RecordLimits(
        max_seq_length=named.max_seq_length,
        max_predictions_per_seq=predictions,
        padded=named.records.padded,
        has_labels=needs_labels,
        vocab_size=config.vocab_size,
        type_vocab_size=config.type_vocab_size,
    )
    unknown = [f.path for f in named.records.files if not f.sha256]
    for path in dict.fromkeys([named.path, *unknown]):
        check_first_records(path, limits)


def check_files(all_named: Sequence[NamedRecords]) -> None:
    """Raises InputError for files that are not as their manifests say.

    They are read and hashed where all of them together are small and here.
    """
    described = {
        file.path: (file, named.records.manifest)
        for named in all_named
        for file in named.records.files
        if file.sha256
    }
    num_bytes = sum(file.num_bytes for file, _ in described.values())
    reads = num_bytes < MAX_VERIFIED_BYTES
    for file, manifest in described.values():
        folder, name = split_path(file.path)
        listed = ListedFile(name, file.num_records, file.num_bytes, file.sha256)
        if reads and not files.is_remote(folder):
            # Tells the first record at fault, not the size alone.
            verify_file(listed, folder)
        else:
            check_size(listed, folder)
        assert manifest is not None  # who else knows the hash?
        _check_compression(file.path, manifest)
    if described and not reads:
        logging.info(
            "Records of %d MB: their sizes are checked now, their contents as "
            "they are read.",
            num_bytes >> 20,
        )


def _check_compression(path: str, manifest: Manifest) -> None:
    with files.open_file(path, "rb") as file:
        start = bytes(file.read(HEADER_BYTES))
    if start and is_gzip(start) != manifest.gzip:
        named = {True: "GZIP", False: "not compressed"}
        raise InputError(
            "the file is not the one that its manifest describes",
            got=named[not manifest.gzip],
            expected=named[manifest.gzip],
            next_step="make the records anew with create_pretraining_data.py",
            path=path,
        )
