"""What a pretraining run costs: operations of an update, hours of the whole.

Knows no TensorFlow: plain numbers in, numbers and lines of text out.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from modeling.config import AlbertConfig, Config

_BACKWARD = 2  # products per forward one: gradients of both of its factors


def step_flops(
    config: Config,
    *,
    batch_size: int,
    seq_length: int,
    predictions: int,
    with_sentence: bool,
    recompute: bool = False,
) -> int:
    """Counts floating point operations of an update's matrix products.

    A product of [m, k] and [k, n] is 2 m k n operations, forward once and
    backward twice. Left out are products with a side of two (kinds of segment,
    sentence labels) and all that is not a product, the optimizer included.

    Args:
      config: sizes.
      batch_size: records of an update (B).
      seq_length: pieces of a record, padding included (S).
      predictions: masked places of a record, unused ones included (P).
      with_sentence: whether the pooler is used.
      recompute: whether layers run forward a second time.
    """
    hidden, width = config.hidden_size, config.embedding_width
    blocks = config.num_hidden_layers
    if isinstance(config, AlbertConfig):
        blocks *= config.inner_group_num
    sizes = (config, batch_size, seq_length)
    layers = (blocks - 1) * _block_flops(*sizes, wanted=seq_length)
    # Of the last: the first piece and the masked places.
    layers += _block_flops(*sizes, wanted=1 + predictions)
    once = 0
    if width != hidden:
        once += 2 * batch_size * seq_length * width * hidden
    masked = batch_size * predictions
    once += 2 * masked * hidden * width  # transform
    once += 2 * masked * width * config.vocab_size
    if with_sentence:
        once += 2 * batch_size * hidden * hidden  # pooler
    again = layers if recompute else 0
    return (layers + once) * (1 + _BACKWARD) + again


def _block_flops(
    config: Config, batch_size: int, seq_length: int, *, wanted: int
) -> int:
    """Counts a layer's forward pass, of which some pieces are wanted."""
    hidden = config.hidden_size
    rows, outputs = batch_size * seq_length, batch_size * wanted
    keys_and_values = 2 * rows * hidden * 2 * hidden
    in_and_out = 2 * outputs * hidden * 2 * hidden  # query; output
    # Scores and context: of every head, which are D wide together.
    attention = 2 * 2 * outputs * seq_length * hidden
    feed_forward = 2 * 2 * outputs * hidden * config.intermediate_size
    return keys_and_values + in_and_out + attention + feed_forward


class Clock:
    """Measures how long an update takes, pauses of the run included.

    Args:
      now: tells the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._first: tuple[int, float] | None = None
        self._last: tuple[int, float] | None = None

    def tick(self, step: int) -> None:
        """Notes that so many updates are done now.

        The first tick begins the measurement: what was before it, such as
        compilation, does not count.
        """
        self._last = (step, self._now())
        self._first = self._first or self._last

    @property
    def seconds_per_step(self) -> float:
        """Mean since the first tick; 0 as long as there was no update."""
        if self._first is None or self._last is None:
            return 0.0
        steps = self._last[0] - self._first[0]
        return (self._last[1] - self._first[1]) / steps if steps else 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class PhaseFacts:
    """How much there is to do in a phase.

    Attributes:
      num_train_steps: updates.
      records_per_update: over all devices and micro-batches.
      num_records: in its set.
      max_seq_length: pieces of a record, padding included.
      step_flops: of an update, from `step_flops`: what the length of one
        phase says about another's.
    """

    num_train_steps: int
    records_per_update: int
    num_records: int
    max_seq_length: int
    step_flops: float

    @property
    def num_examples(self) -> int:
        """Records that are trained on, repeated ones included."""
        return self.num_train_steps * self.records_per_update

    @property
    def num_tokens(self) -> int:
        """Pieces that are trained on, padding included."""
        return self.num_examples * self.max_seq_length


@dataclasses.dataclass(frozen=True, kw_only=True)
class CostFacts:
    """What is known of a run after its first updates.

    Attributes:
      phases: all, in order.
      phase: index of the one that was measured.
      step: updates of the whole run that are done.
      seconds_per_step: of the phase that was measured.
      real_share: part of its pieces that is not padding.
    """

    phases: tuple[PhaseFacts, ...]
    phase: int
    step: int
    seconds_per_step: float
    real_share: float

    def seconds_of(self, phase: PhaseFacts) -> float:
        """Estimates the time of a whole phase, by its operations."""
        ratio = phase.step_flops / self.phases[self.phase].step_flops
        return phase.num_train_steps * self.seconds_per_step * ratio

    @property
    def seconds(self) -> float:
        """Estimates the time of all phases."""
        return sum(self.seconds_of(phase) for phase in self.phases)

    @property
    def seconds_left(self) -> float:
        """Estimates the time of what is not done."""
        left, done = 0.0, self.step
        for phase in self.phases:
            steps = max(phase.num_train_steps - max(done, 0), 0)
            part = steps / max(phase.num_train_steps, 1)
            left += part * self.seconds_of(phase)
            done -= phase.num_train_steps
        return left


def describe_cost(facts: CostFacts) -> str:
    """Returns some lines: each phase, then the whole run, then its speed."""
    several = len(facts.phases) > 1
    lines = ["What this run costs, evaluation and saving aside:"]
    for number, phase in enumerate(facts.phases):
        name = f"phase {number + 1}: " if several else ""
        measured = number == facts.phase
        share = facts.real_share if measured else None
        duration = describe_duration(facts.seconds_of(phase))
        lines += [
            f"  {name}{phase.num_train_steps:,} updates of "
            f"{phase.records_per_update:,} records = "
            f"{phase.num_examples:,} examples, {_epochs(phase)}",
            f"    {_tokens(phase, share)}, {'' if measured else 'about '}"
            f"{duration}",
        ]
    if several:
        examples = sum(phase.num_examples for phase in facts.phases)
        tokens = sum(phase.num_tokens for phase in facts.phases)
        steps = sum(phase.num_train_steps for phase in facts.phases)
        lines.append(
            f"  in all: {steps:,} updates, {examples:,} examples, "
            f"{_count(tokens)} tokens"
        )
    lines.append(
        f"  time: {describe_duration(facts.seconds)} in all, "
        f"{describe_duration(facts.seconds_left)} left after update "
        f"{facts.step:,}; {_speed(facts)}"
    )
    return "\n".join(lines)


def _epochs(phase: PhaseFacts) -> str:
    epochs = phase.num_examples / max(phase.num_records, 1)
    return f"{epochs:,.2f} epochs of {phase.num_records:,} records"


def _tokens(phase: PhaseFacts, real_share: float | None) -> str:
    text = f"{_count(phase.num_tokens)} tokens"
    if real_share is None:
        return f"{text} with padding"
    return (
        f"{text}, {_count(phase.num_tokens * real_share)} of them real "
        f"({1 - real_share:.0%} padding)"
    )


def _speed(facts: CostFacts) -> str:
    if facts.seconds_per_step <= 0:
        return "speed not known yet"
    phase = facts.phases[facts.phase]
    pieces = phase.records_per_update * phase.max_seq_length
    rate = pieces / facts.seconds_per_step
    return (
        f"{rate:,.0f} tokens/s ({rate * facts.real_share:,.0f} real), "
        f"{facts.seconds_per_step:.3g} s an update"
    )


def _count(number: float) -> str:
    """Returns a large number in words: "1.23 billion"."""
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:,.2f} {name}"
    return f"{number:,.0f}"


def describe_duration(seconds: float) -> str:
    """Returns a duration in the unit that a person would take."""
    if seconds < 90:  # seconds: a minute and a half
        return f"{seconds:.0f} seconds"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    hours = f"{seconds / 3600:,.1f} hours"
    days = seconds / 86400
    return f"{hours} ({days:,.1f} days)" if days >= 2 else hours
