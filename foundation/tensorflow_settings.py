"""What TensorFlow reads from the environment when it is first imported."""

from __future__ import annotations

import os


def set_defaults() -> None:
    """Makes TensorFlow start quickly and quietly; what is set stays."""
    # Else it loads Keras 3 beside tf_keras, which takes three seconds.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    # No banner and, without a GPU driver, no complaint that there is none.
    quiet = "2" if os.path.exists("/dev/nvidiactl") else "3"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", quiet)
