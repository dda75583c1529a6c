"""What every place that weights come from looks like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np


class WeightSource(Protocol):
    """Weights under the original TF1 names and layouts.

    Attributes:
      path: where they lie, for messages.
      shapes: name -> shape; optimizer slots and unknown names may be there.
    """

    path: str
    shapes: Mapping[str, tuple[int, ...]]

    def read(self, name: str) -> np.ndarray:
        """Returns one array: float32, kernels [in, out]."""
        ...
