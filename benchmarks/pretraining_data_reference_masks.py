"""Which tokens are predicted and what replaces them: BERT's and ALBERT's way.

Both return the masked tokens, (position, original token) of those predicted,
and ALBERT's boundary list (None from BERT).
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from absl import flags
from pretraining_data_reference_text import SentencePiece, WordPiece

FLAGS = flags.FLAGS

_SPECIAL = ("[CLS]", "[SEP]")
_Masked = tuple[list[str], list[tuple[int, str]], list[int] | None]


class BertMasks:
    """Single pieces, or whole words."""

    def __init__(
        self,
        tokenizer: WordPiece | SentencePiece,
        rng: random.Random,
    ) -> None:
        self.tokenizer = tokenizer
        self.rng = rng

    def mask(self, tokens: list[str]) -> _Masked:
        """Draws which tokens are predicted, and masks them."""
        groups = self._groups(tokens)
        self.rng.shuffle(groups)
        output = list(tokens)
        budget = self._budget(tokens)
        covered: set[int] = set()
        masked: list[tuple[int, str]] = []
        for group in groups:
            if len(masked) >= budget:
                break
            if len(masked) + len(group) > budget:
                continue
            if any(position in covered for position in group):
                continue
            for position in group:
                covered.add(position)
                output[position] = self._replacement(tokens[position])
                masked.append((position, tokens[position]))
        masked.sort(key=lambda item: item[0])
        return output, masked, None

    def _groups(self, tokens: list[str]) -> list[list[int]]:
        groups: list[list[int]] = []
        for position, token in enumerate(tokens):
            if token in _SPECIAL:
                continue
            if FLAGS.do_whole_word_mask and groups and token.startswith("##"):
                groups[-1].append(position)
            else:
                groups.append([position])
        return groups

    def _budget(self, tokens: list[str]) -> int:
        wanted = round(len(tokens) * FLAGS.masked_lm_prob)
        return min(FLAGS.max_predictions_per_seq, max(1, wanted))

    def _replacement(self, token: str) -> str:
        if self.rng.random() < 0.8:
            return "[MASK]"
        if self.rng.random() < 0.5:
            return token
        vocabulary = self.tokenizer.vocabulary
        return vocabulary[self.rng.randint(0, len(vocabulary) - 1)]


class AlbertMasks(BertMasks):
    """N-grams of words; tokens that change places, if asked for."""

    def __init__(
        self,
        tokenizer: WordPiece | SentencePiece,
        rng: random.Random,
    ) -> None:
        super().__init__(tokenizer, rng)
        import numpy as np  # BERT must not pay for it

        self.generator = np.random.RandomState(FLAGS.random_seed)
        self.sizes = range(1, FLAGS.ngram + 1)
        chances = 1.0 / np.arange(1, FLAGS.ngram + 1)
        chances /= chances.sum()
        if not FLAGS.favor_shorter_ngram:
            chances = chances[::-1]
        self.chances = chances

    def mask(self, tokens: list[str]) -> _Masked:
        """Draws which n-grams are predicted, and masks them."""
        groups, boundary = self._words(tokens)
        if FLAGS.masked_lm_prob == 0:
            return tokens, [], boundary
        ngrams = [
            [groups[i : i + size] for size in self.sizes]
            for i in range(len(groups))
        ]
        self.rng.shuffle(ngrams)
        budget = self._budget(tokens)
        output = list(tokens)
        masked: list[tuple[int, str]] = []
        covered: set[int] = set()
        for position in self._chosen(ngrams, budget, covered):
            output[position] = self._replacement(tokens[position])
            masked.append((position, tokens[position]))
        self.rng.shuffle(ngrams)  # whether or not anything is permuted
        if FLAGS.do_permutation:
            masked += self._permute(
                output, list(self._chosen(ngrams, budget, covered))
            )
        masked.sort(key=lambda item: item[0])
        return output, masked, boundary

    def _words(self, tokens: list[str]) -> tuple[list[list[int]], list[int]]:
        groups: list[list[int]] = []
        boundary = []
        for position, token in enumerate(tokens):
            if token in _SPECIAL:
                boundary.append(1)
                continue
            first = self.tokenizer.starts_word(token)
            if FLAGS.do_whole_word_mask and groups and not first:
                groups[-1].append(position)
                boundary.append(0)
            else:
                groups.append([position])
                boundary.append(1 if first else 0)
        return groups, boundary

    def _chosen(
        self,
        ngrams: list[list[list[list[int]]]],
        budget: int,
        covered: set[int],
    ) -> Iterator[int]:
        """Yields positions until the budget is spent; adds them to covered."""
        num_chosen = 0
        for sizes in ngrams:
            if num_chosen >= budget:
                break
            size = self.generator.choice(self.sizes, p=self.chances)
            positions = _flat(sizes[size - 1])
            while num_chosen + len(positions) > budget and size > 1:
                size -= 1
                positions = _flat(sizes[size - 1])
            if num_chosen + len(positions) > budget:
                continue
            if any(position in covered for position in positions):
                continue
            covered.update(positions)
            num_chosen += len(positions)
            yield from positions

    def _permute(
        self, output: list[str], sources: list[int]
    ) -> list[tuple[int, str]]:
        """Moves tokens among the sources; returns what stood there."""
        sources = sorted(sources)
        targets = list(sources)
        self.rng.shuffle(targets)
        tokens = list(output)
        for source, target in zip(sources, targets, strict=True):
            output[source] = tokens[target]
        return [(source, tokens[source]) for source in sources]


def _flat(groups: list[list[int]]) -> list[int]:
    return [position for group in groups for position in group]
