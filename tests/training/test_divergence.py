import json
import math
from collections.abc import Callable

import numpy as np
import pytest

from training.divergence import (
    LEAST_RISE,
    STANDARD_ERRORS,
    WINDOW,
    Divergence,
    DivergenceMonitor,
)

_PLATEAU = 10.3  # ln 30,522: BERT's vocabulary, nothing learned
Mean = Callable[[np.ndarray], np.ndarray]


def run(losses, monitor=None, first_step=1) -> Divergence | None:
    """The first finding; steps begin at `first_step`."""
    monitor = monitor or DivergenceMonitor()
    for step, loss in enumerate(losses, first_step):
        if found := monitor.add(step, float(loss)):
            return found
    return None


def worst_rise(losses: np.ndarray) -> float:
    """The monitor's rule over many runs at once: [runs, updates].

    Returns:
      The highest rise above a floor, as a part of what is allowed.
    """
    window = np.lib.stride_tricks.sliding_window_view(losses, WINDOW, axis=1)
    smoothed = window.mean(axis=2)
    squares = np.diff(losses, axis=1) ** 2 / 2
    variance = np.zeros(len(losses))
    floor, allowed = np.full(len(losses), np.inf), np.ones(len(losses))
    worst = 0.0
    for index in range(losses.shape[1]):
        if index:
            weight = max(1 / index, 0.01)
            variance += weight * (squares[:, index - 1] - variance)
        if index + 1 < WINDOW:
            continue
        now = smoothed[:, index + 1 - WINDOW]
        errors = np.sqrt(variance / WINDOW)
        margin = np.maximum(LEAST_RISE, STANDARD_ERRORS * errors)
        allowed = np.where(now < floor, margin, allowed)
        floor = np.minimum(floor, now)
        worst = max(worst, float(((now - floor) / allowed).max()))
    return worst


def falling_to(end, *, over) -> Mean:
    return lambda t: end + (_PLATEAU - end) * np.clip(1 - t / over, 0, 1)


def noisy(mean: np.ndarray, *, seed, scatter=(0.3, 0.6), runs=1) -> np.ndarray:
    random = np.random.default_rng(seed)
    spread = random.uniform(*scatter, (runs, 1))
    return mean + spread * random.standard_normal((runs, mean.shape[-1]))


@pytest.fixture(scope="module")
def from_scratch():
    """A plateau of ln V, a fall, a slow rise by 0.2."""
    random = np.random.default_rng(1)
    steps, runs = np.arange(3000), 1000
    plateau = random.integers(0, 800, (runs, 1))
    speed = random.uniform(50, 800, (runs, 1))
    end = random.uniform(3, 7, (runs, 1))
    fallen = np.exp(-np.maximum(steps - plateau, 0) / speed)
    drift = 0.2 * np.clip(steps / 1500 - 1, 0, 1)
    mean = end + (_PLATEAU - end) * fallen + drift
    return noisy(mean, seed=2, runs=runs)


@pytest.fixture(scope="module")
def warm():
    """Trained weights with fresh heads: 10, soon 3, then nothing new."""
    random = np.random.default_rng(3)
    speed = random.uniform(5, 200, (2000, 1))
    mean = 3 + 7 * np.exp(-np.arange(1500) / speed)
    return noisy(mean, seed=4, runs=2000)


def test_no_false_alarm_in_thousands_of_runs(from_scratch, warm):
    assert worst_rise(from_scratch) < 0.9
    assert worst_rise(warm) < 0.9


def test_no_false_alarm_in_a_million_updates():
    mean = 2 + 0.2 * np.arange(100_000) / 100_000
    assert worst_rise(noisy(mean, seed=5, runs=10)) < 0.95


def test_no_false_alarm_with_outliers():
    random = np.random.default_rng(6)
    tails = random.standard_t(4, (1000, 2000)) / math.sqrt(2)  # variance 1
    assert worst_rise(3 + 0.6 * tails) < 1.0


def test_the_monitor_is_the_rule_that_the_simulations_follow(
    from_scratch, warm
):
    for losses in (*from_scratch[:5], *warm[:5]):
        assert run(losses) is None
    for seed in range(20):
        losses = noisy(3 + np.linspace(0, 2.5, 1500), seed=seed)
        found = run(losses[0])
        assert worst_rise(losses[:, : found.step - 1]) <= 1
        assert worst_rise(losses[:, : found.step]) > 1


@pytest.mark.parametrize("fall", [100, 400, 2000])
@pytest.mark.parametrize("climb", [1, 10, 20])
def test_a_loss_that_climbs_again_is_found_within_50_updates(fall, climb):
    steps = np.arange(fall + 50 + climb)
    rise = 2.6 * np.clip((steps - fall) / climb, 0, 1)
    mean = falling_to(6, over=fall)(steps) + rise
    for losses in noisy(mean, seed=fall + climb, runs=100):
        found = run(losses)
        assert found
        assert fall < found.step <= fall + 50


@pytest.mark.parametrize("fall", [30, 300])
def test_a_loss_that_sticks_above_where_it_was_is_found(fall):
    steps = np.arange(fall + 100)
    rise = 2.5 * np.clip((steps - fall - 50) / 30, 0, 1)
    mean = falling_to(5, over=fall)(steps) + rise
    for losses in noisy(mean, seed=fall, runs=100):
        found = run(losses)
        assert found
        assert fall + 50 < found.step <= fall + 100


@pytest.mark.parametrize("before", [2, 4, 6, 7.5])
def test_a_collapse_is_found_within_25_updates(before):
    steps = np.arange(300)
    mean = np.where(steps < 275, falling_to(before, over=200)(steps), _PLATEAU)
    for losses in noisy(mean, seed=int(before), runs=100):
        found = run(losses)
        assert found
        assert 275 < found.step <= 300


@pytest.mark.parametrize(
    ("loss", "finite"), [(math.nan, True), (math.inf, True), (3.0, False)]
)
def test_what_is_not_finite_is_found_at_once(loss, finite):
    monitor = DivergenceMonitor()
    assert run([3.0] * 30, monitor) is None
    before = monitor.state()
    found = monitor.add(31, loss, finite=finite)
    assert found.rule == "a loss or gradient is not finite"
    assert (found.step, found.floor, found.limit) == (31, 3.0, 4.0)
    assert found.last_good_step == 10
    assert monitor.state() == before


def test_the_very_first_loss_may_be_the_bad_one():
    found = DivergenceMonitor().add(1, math.nan)
    assert (found.last_good_step, found.floor) == (0, math.inf)
    assert DivergenceMonitor().add(501, math.nan).last_good_step == 500


def test_a_finding_says_what_was_seen():
    found = run([4.0] * 100 + [9.0] * 20)
    # One jump of 5 in 100 differences does not raise the limit: it comes
    # after the floor.
    assert (found.step, found.floor, found.limit) == (105, 4.0, 5.0)
    assert (found.loss, found.smoothed) == (9.0, 5.25)
    assert found.rule == (
        "the mean loss of the last 20 updates is 1.25 above the lowest so "
        "far; allowed are 1.00"
    )


def test_the_last_good_step_is_before_what_the_mean_does_not_show_yet():
    jump = 100  # updates that were good
    found = run([4.0] * jump + [9.0] * 20)
    # At update 101 the mean is 4.25, at 102 it is half-way, at 105 over. The
    # window that ended with 101 began with the weights of 81.
    assert found.last_good_step == 81
    assert run([4.0] * 20 + [60.0], first_step=501).last_good_step == 500


def test_a_slow_rise_leaves_the_last_good_step_where_it_began():
    losses = [4.0] * 50 + [4.0 + 0.005 * n for n in range(400)]
    found = run(losses)
    # The mean passes 4.5 with the window around update 150, and 5 at 250.
    assert found.step == pytest.approx(260, abs=2)
    assert found.last_good_step == pytest.approx(139, abs=2)


def test_a_loss_beyond_all_bounds_is_found_like_any_other():
    assert run([4.0] * 30 + [1e300, 1e308, 1e308]).step == 31
    assert run([4.0] + [1e308] * 30).step == WINDOW


@pytest.mark.parametrize("begin", [1, 4, 10, 15, 19])
def test_a_run_that_explodes_at_its_very_beginning_is_found(begin):
    found = run([_PLATEAU] * begin + [40.0] * 30)
    assert found
    assert found.step <= begin + 20
    assert found.last_good_step < begin


def test_a_first_loss_that_happens_to_be_low_is_no_floor():
    losses = [1.0, *noisy(np.full(500, 3.0), seed=7)[0]]
    assert run(losses) is None
    assert 2.5 < run([*losses, *[12.0] * 20]).floor < 3.0


def test_a_monitor_goes_on_to_the_last_bit(from_scratch):
    losses = [*map(float, from_scratch[0][:700]), *[12.0] * 20]
    whole = DivergenceMonitor()
    found = run(losses, whole)
    for cut in (0, 1, 7, 19, 20, 21, 350, 699, found.step - 1):
        first = DivergenceMonitor()
        run(losses[:cut], first)
        text = json.dumps(first.state(), allow_nan=False)
        again = DivergenceMonitor(json.loads(text))
        assert again.state() == first.state()
        assert run(losses[cut:], again, first_step=cut + 1) == found
        assert again.state() == whole.state()


def test_a_monitor_without_state_is_a_fresh_one():
    assert DivergenceMonitor({}).state() == DivergenceMonitor().state()
