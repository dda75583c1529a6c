"""Where a run computes: one device, several, machines, a TPU."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from absl import flags, logging

from cli import tpu
from foundation.errors import InputError
from training.pretraining_options import DeviceOptions

STRATEGIES = ("auto", "one_device", "mirrored", "multi_worker", "tpu")
FINE_TUNING_STRATEGIES = STRATEGIES[:3]
CLUSTER = "TF_CONFIG"  # TensorFlow's environment variable


@dataclass(frozen=True)
class Cluster:
    """This process's place among the workers of a run.

    Attributes:
      num_workers: processes that train, the chief among them.
      is_chief: whether this one writes what all of them share.
    """

    num_workers: int = 1
    is_chief: bool = True


def define(fv: flags.FlagValues) -> None:
    """Declares the flags of pretraining."""
    _define_strategy(
        fv,
        STRATEGIES,
        auto="tpu with --use_tpu, several workers where TF_CONFIG names more "
        "than one, ",
    )
    flags.DEFINE_boolean(
        "use_xla", False, "Compile the whole step with XLA.", flag_values=fv
    )
    flags.DEFINE_boolean(
        "require_gpu", False, "Stop where there is no GPU.", flag_values=fv
    )


def define_fine_tuning(fv: flags.FlagValues) -> None:
    """Declares the flags of a script that fine-tunes: one machine."""
    _define_strategy(fv, FINE_TUNING_STRATEGIES)


def _define_strategy(
    fv: flags.FlagValues, strategies: Sequence[str], *, auto: str = ""
) -> None:
    flags.DEFINE_enum(
        "distribution_strategy",
        "auto",
        list(strategies),
        f"auto: {auto}all GPUs where there are several, else one device. "
        "mirrored: --train_batch_size is of all of them together.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "logical_cpus",
        0,
        "Split the CPU into so many devices, to try a strategy without GPUs; "
        "0 = no.",
        lower_bound=0,
        flag_values=fv,
    )


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that do not go together.

    TF_CONFIG is looked at where it counts.
    """
    strategy = fv.distribution_strategy
    if strategy == "tpu" and not fv.use_tpu:
        raise _contradiction(
            "--distribution_strategy=tpu without --use_tpu",
            expected="both, or neither",
            next_step="add --use_tpu --tpu_name=<name>",
        )
    if fv.use_tpu:
        _check_tpu(fv)
        return
    if fv.require_gpu and fv.logical_cpus:
        raise _contradiction(
            f"--require_gpu and --logical_cpus={fv.logical_cpus}",
            expected="one of them",
            next_step="leave one out",
        )
    read_cluster(fv)


def _check_tpu(fv: flags.FlagValues) -> None:
    others = {
        f"--distribution_strategy={fv.distribution_strategy}": (
            fv.distribution_strategy not in ("auto", "tpu")
        ),
        f"--logical_cpus={fv.logical_cpus}": fv.logical_cpus > 0,
        "--require_gpu": fv.require_gpu,
    }
    given = [flag for flag, is_given in others.items() if is_given]
    if given:
        raise _contradiction(
            " and ".join(["--use_tpu", *given]),
            expected="--use_tpu alone",
            next_step=f"leave {' and '.join(given)} out",
        )
    tpu.check(fv)


def _contradiction(got: str, *, expected: str, next_step: str) -> InputError:
    return InputError(
        "flags that name different devices",
        got=got,
        expected=expected,
        next_step=next_step,
    )


def read(fv: flags.FlagValues) -> DeviceOptions:
    """Returns where to compute, after `check`."""
    strategy = str(fv.distribution_strategy)
    if strategy == "auto" and fv.use_tpu:
        strategy = "tpu"
    elif strategy == "auto" and read_cluster(fv).num_workers > 1:
        strategy = "multi_worker"
        logging.info("TF_CONFIG names several workers: multi_worker.")
    return DeviceOptions(
        strategy=strategy,
        use_xla=fv.use_xla,
        recompute=fv.recompute,
        deterministic=fv.deterministic,
        logical_cpus=fv.logical_cpus,
        require_gpu=fv.require_gpu,
        **tpu.read(fv),
    )


def read_fine_tuning(fv: flags.FlagValues) -> DeviceOptions:
    """Returns where to fine-tune; TF_CONFIG does not count."""
    strategy = str(fv.distribution_strategy)
    return DeviceOptions(
        strategy="one_machine" if strategy == "auto" else strategy,
        deterministic=fv.deterministic,
        logical_cpus=fv.logical_cpus,
    )


def read_cluster(fv: flags.FlagValues) -> Cluster:
    """Returns this process's place, as TF_CONFIG says.

    Raises:
      InputError: TF_CONFIG counts and is missing or cannot be.
    """
    strategy = fv.distribution_strategy
    given = os.environ.get(CLUSTER, "")
    if fv.use_tpu or strategy not in ("auto", "multi_worker"):
        return Cluster()
    if not given and strategy == "auto":
        return Cluster()
    value = _parsed(given)
    if strategy == "auto" and value.get("cluster") in (None, {}):
        return Cluster()  # as TensorFlow takes it; some clouds set {}
    return _place(value)


def _parsed(text: str) -> dict[str, Any]:
    if not text:
        raise _bad_cluster("no TF_CONFIG")
    try:
        value = json.loads(text)
    except ValueError:
        raise _bad_cluster(f"{len(text)} characters that are no JSON") from None
    if not isinstance(value, dict):
        raise _bad_cluster(f"a {type(value).__name__} in JSON")
    return value


def _place(value: dict[str, Any]) -> Cluster:
    cluster = value.get("cluster")
    if not isinstance(cluster, dict) or not cluster:
        raise _bad_cluster('no "cluster"')
    others = set(cluster) - {"chief", "worker", "ps", "evaluator"}
    if others or {"ps", "evaluator"} & set(cluster):
        raise _bad_cluster("jobs " + ", ".join(sorted(map(str, cluster))))
    for job, addresses in cluster.items():
        if not _are_addresses(addresses):
            raise _bad_cluster(f'no list of addresses as "{job}"')
    if len(cluster.get("chief", [])) > 1:
        raise _bad_cluster(f"{len(cluster['chief'])} chiefs")
    num_workers = sum(map(len, cluster.values()))
    return Cluster(num_workers, _is_chief(value.get("task"), cluster))


def _are_addresses(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(v, str) and ":" in v for v in value)
    )


def _is_chief(task: Any, cluster: dict[str, list[str]]) -> bool:
    task = task if isinstance(task, dict) else {}
    job, index = task.get("type"), task.get("index")
    # Kubernetes and shell scripts write numbers as text; TensorFlow takes it.
    if isinstance(index, str) and index.isdecimal():
        index = int(index)
    if (
        job not in cluster
        or not isinstance(index, int)
        or not 0 <= index < len(cluster[job])
    ):
        sizes = ", ".join(f"{len(v)} {k}" for k, v in cluster.items())
        raise _bad_cluster(f"task {job} {index} in a cluster of {sizes}")
    return job == "chief" or ("chief" not in cluster and index == 0)


def _bad_cluster(got: str) -> InputError:
    return InputError(
        "TF_CONFIG does not say which workers there are",
        got=got,
        expected='{"cluster": {"worker": ["host1:2222", "host2:2222"]}, '
        '"task": {"type": "worker", "index": 0}}, with an index of its own '
        "in each process",
        next_step="set TF_CONFIG in each process, or give "
        "--distribution_strategy=one_device",
    )
