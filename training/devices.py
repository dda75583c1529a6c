"""The devices a run is on, and the precision it computes in."""

from __future__ import annotations

import contextlib
import json
import os

import tensorflow as tf
from absl import logging

from foundation.errors import InputError
from training.pretraining_options import DeviceOptions
from training.replicas import Replicas

INITIAL_LOSS_SCALE = 2.0**15  # of float16; halves at each overflow


def open_replicas(options: DeviceOptions) -> Replicas:
    """Sets up the devices of a run, before the first op.

    Once more with the same options, for the next run of a process, changes
    nothing.

    Raises:
      InputError: there is no GPU where one is required, or no such TPU.
    """
    if options.logical_cpus > 1:
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration()] * options.logical_cpus,
        )
    gpus = _prepare_ops(deterministic=options.deterministic)
    if options.require_gpu and not gpus:
        raise _no_gpu()
    strategy = _make_strategy(options, len(gpus))
    if strategy is None and not gpus:
        _run_ops_in_turn()
    replicas = Replicas(strategy)
    if strategy is None:
        idle = f" (1 of {len(gpus)}; the others are idle)" * (len(gpus) > 1)
        logging.info("Device: %s%s", gpus[0].name if gpus else "CPU", idle)
        return replicas
    logging.info(
        "Devices: %s; %d replicas, %s",
        ", ".join(gpu.name for gpu in gpus) or "CPU",
        replicas.count,
        type(strategy).__name__,
    )
    return replicas


def _run_ops_in_turn() -> None:
    """Gives each op all cores of a CPU, one after the other.

    Two at a time, TensorFlow's default, are two for the same cores: 5 % of a
    training step. (Replicas on one CPU need it: they wait for each other.)
    """
    if "TF_NUM_INTEROP_THREADS" in os.environ:
        return
    # Too late where TensorFlow has been used before, as in a test.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_inter_op_parallelism_threads(1)


def initial_loss_scale(precision: str) -> float:
    """Returns the loss scale that a fresh run starts with."""
    return INITIAL_LOSS_SCALE if precision == "float16" else 1.0


def _prepare_ops(*, deterministic: bool) -> list[tf.config.PhysicalDevice]:
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        # Else the first process takes all of the GPU's memory.
        tf.config.experimental.set_memory_growth(gpu, True)
    if deterministic:
        tf.config.experimental.enable_op_determinism()
        logging.info("Only ops that repeat bit for bit are used (slower).")
    return gpus


def _make_strategy(
    options: DeviceOptions, num_gpus: int
) -> tf.distribute.Strategy | None:
    """Returns the strategy asked for; None = one device, no strategy."""
    kind = options.strategy
    if kind == "auto" and num_workers() > 1:
        kind = "multi_worker"
    elif kind in ("auto", "one_machine"):
        several = num_gpus > 1 or options.logical_cpus > 1
        kind = "mirrored" if several else "one_device"
    if kind == "tpu":
        return _connect_to_tpu(options)
    if kind == "multi_worker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    if kind == "mirrored":
        # By name: else TensorFlow takes those of TF_CONFIG, where it is set.
        kind = "GPU" if num_gpus else "CPU"
        names = [d.name for d in tf.config.list_logical_devices(kind)]
        if len(names) > 1:
            return tf.distribute.MirroredStrategy(names)
    return None


def num_workers() -> int:
    """Returns how many machines TF_CONFIG names; 1 without it."""
    cluster = json.loads(os.environ.get("TF_CONFIG", "{}")).get("cluster", {})
    return sum(len(cluster.get(kind, ())) for kind in ("chief", "worker")) or 1


def _connect_to_tpu(options: DeviceOptions) -> tf.distribute.Strategy:
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(
            options.tpu_name,
            zone=options.tpu_zone,
            project=options.gcp_project,
        )
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, tf.errors.OpError) as error:
        raise InputError(
            "the TPU cannot be reached",
            got=type(error).__name__,
            expected=f"a TPU called {options.tpu_name}",
            next_step="check --tpu_name, --tpu_zone and --gcp_project, or "
            "leave --use_tpu out",
        ) from error
    return tf.distribute.TPUStrategy(resolver)


def _no_gpu() -> InputError:
    built = tf.test.is_built_with_cuda()
    why = (
        "TensorFlow finds none: driver, CUDA libraries (pip install "
        "'tensorflow[and-cuda]') or CUDA_VISIBLE_DEVICES"
        if built
        else "this TensorFlow is built without CUDA"
    )
    return InputError(
        "--require_gpu, and there is no GPU",
        got=why,
        expected="a GPU that `nvidia-smi` lists",
        next_step="mend that, or leave --require_gpu out",
    )
