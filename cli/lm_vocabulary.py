"""The vocabulary of a language model's records, where it is known.

Training reads ids, not text: a vocabulary is not needed, but tells whether the
records were made for this model. Masks that are drawn in training need one.
"""

from __future__ import annotations

from dataclasses import dataclass

from absl import flags, logging

from cli import model, tokenizer
from foundation import files
from foundation.errors import InputError
from modeling.config import Config
from preprocessing.tokenization import Tokenizer, infer_lower_case
from preprocessing.vocabulary import vocabulary_bytes


@dataclass(frozen=True)
class KnownVocabulary:
    """A vocabulary and what it says of the records.

    Attributes:
      path: of vocab.txt or the SentencePiece model.
      pieces: the tokenizer.
      lower_case: whether the text of the records must have been lower-cased;
        None = the vocabulary has both cases, or no letters.
    """

    path: str
    pieces: Tokenizer
    lower_case: bool | None

    def copy_to(self, folder: str) -> None:
        """Puts a copy beside the checkpoints, for the next script."""
        name = files.real_path(self.path).rpartition("/")[2]
        if not name.endswith(".model"):
            name = "vocab.txt"
        copy = files.join(folder, name)
        content = vocabulary_bytes(self.path)
        if not files.exists(copy) or files.read_bytes(copy) != content:
            with files.write_atomically(copy, "wb") as file:
                file.write(content)


def find(fv: flags.FlagValues, config: Config) -> KnownVocabulary | None:
    """Returns what the flags name, or what lies beside the weights.

    Raises:
      InputError: it cannot be used, or not with this model.
    """
    family = config.family
    if not fv.vocab_file and not fv.spm_model_file:
        found = _beside(fv, family)
        if found is None:
            logging.warning(
                "No vocabulary is known: whether the records were made with "
                "the model's is not checked. --vocab_file (ALBERT: "
                "--spm_model_file) names it."
            )
            return None
        # What was found is written to run.flags, as all that was taken.
        name = "spm_model_file" if family == "albert" else "vocab_file"
        fv[name].value = found
    options = tokenizer.read_vocabulary(fv)
    pieces = tokenizer.load_tokenizer(options, family=family)
    path = tokenizer.vocabulary_path(options, family=family)
    if pieces.vocab_size != config.vocab_size:
        raise InputError(
            "vocabulary and config do not belong together",
            got=f"{pieces.vocab_size} pieces in the vocabulary",
            expected=f"{config.vocab_size}, vocab_size of the config",
            next_step="look at --vocab_file (or --spm_model_file) and "
            "--bert_config_file",
            path=path,
        )
    lower_case: bool | None = pieces.lower_case
    if fv.do_lower_case is None:
        is_text = not path.endswith(".model")
        lower_case = infer_lower_case(path) if is_text else None
    return KnownVocabulary(path, pieces, lower_case)


def _beside(fv: flags.FlagValues, family: str) -> str | None:
    for place in (fv.init_checkpoint, fv.output_dir):
        if place:
            found = model.vocabulary_beside(place, family=family)
            if found is not None:
                return found
    return None
