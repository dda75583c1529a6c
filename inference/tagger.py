"""A trained tagger on raw text.

  from inference.tagger import load_tagger
  tagger = load_tagger("outputs/ncbi")
  entities = tagger("Familial adenomatous polyposis runs in families.")

Weights are loaded once. Text is cut into sentences and words, long sentences
into windows; what comes out has character offsets into the text given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inference.documents import Segment, TextBlock
from inference.entities import FoundEntity, Tagged, find_entities
from inference.forward import Forward, RunBatch
from inference.model import TaskModel
from inference.trained_folder import load_trained
from tasks.readers import TaggedSentence
from tasks.tagger_settings import TaggerSettings
from tasks.tagging import TaggingTask

_CHUNK_WORDS = 50_000  # tagged together: sorted by length, and then forgotten


class EntityTagger:
    """Tags sentences, texts and files.

    Args:
      model: with trained weights; they are used as they are at each call.
      task: of the model; supplies tokenizer, labels and decoding.
      run: computes the model's logits of a batch; None = on one device.

    Attributes:
      num_words_cut: words of all sentences so far that truncation cut off.
    """

    def __init__(
        self, model: TaskModel, task: TaggingTask, run: RunBatch | None = None
    ) -> None:
        self._model = model
        self._task = task
        self._forward = Forward(model, per_piece=True, run=run)
        self.num_words_cut = 0  # so far, by truncation

    def __call__(self, text: str) -> list[FoundEntity]:
        """Returns the entities of a text, in order."""
        block = TextBlock(document="", start=0, text=text)
        return [
            entity
            for tagged in find_entities([block], self.tag)
            for entity in tagged.entities
        ]

    def tag(self, segments: Iterable[Segment]) -> Iterator[Tagged]:
        """Yields tags and probabilities of each sentence, in order.

        Memory holds some 50,000 words at a time, however many there are.
        """
        for chunk in _chunks(segments):
            yield from self._tag_chunk(chunk)

    def _tag_chunk(self, segments: list[Segment]) -> Iterator[Tagged]:
        sentences = [
            TaggedSentence(
                tuple(s.text[start:end] for start, end in s.words), (), line=0
            )
            for s in segments
        ]
        split = self._task.featurize("text", sentences, [])
        self.num_words_cut += sum(
            len(example.words) - example.num_words_kept
            for example in split.examples
        )
        logits = self._forward.logits(
            split.table,
            max_seq_length=self._task.options.limits.max_seq_length,
            what=None,
        )
        weights = self._model.head_weights()
        for sentence in self._task.tags(split, logits, weights):
            yield sentence.tags, sentence.probabilities


def _chunks(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    chunk: list[Segment] = []
    num_words = 0
    for segment in segments:
        chunk.append(segment)
        num_words += len(segment.words)
        if num_words >= _CHUNK_WORDS:
            yield chunk
            chunk, num_words = [], 0
    if chunk:
        yield chunk


def load_tagger(folder: str, *, precision: str = "float32") -> EntityTagger:
    """Loads what a training run of run_ner.py left in its --output_dir.

    Args:
      folder: holds checkpoints, config, label_map.json, tagger.json and the
        vocabulary. The checkpoint that was best on dev is used, the newest
        where dev was not scored.
      precision: of the matrix products: float32, bfloat16 or float16.

    Raises:
      InputError: something is missing or damaged.
    """
    TaggerSettings.load(folder)  # the error of a folder of another kind
    trained = load_trained(folder, precision=precision)
    assert isinstance(trained.task, TaggingTask)
    return EntityTagger(trained.model, trained.task)
