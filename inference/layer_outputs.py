"""A pretrained or fine-tuned encoder, run for the outputs of its layers.

After google-research/bert extract_features.py: layer -1 is the last, 0 the
first; the embeddings are no layer. Of ALBERT every inner block is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from inference.trained_weights import best_checkpoint, open_checkpoint
from modeling.config import Config
from modeling.encoder import Encoder, build_encoder
from modeling.tensors import EncoderInputs
from modeling.weights import matching
from preprocessing.features import INPUT_SPECS

_POOLER = "bert/pooler/"


def load_encoder(
    path: str,
    config: Config,
    *,
    gelu_form: str,
    dtype: str = "float32",
    needs_pooler: bool = False,
) -> Encoder:
    """Builds an encoder and reads its weights.

    Args:
      path: any spelling of a checkpoint; of a folder of ours the best.
      config: of the encoder.
      gelu_form: "erf" or "tanh".
      dtype: of the matrix products.
      needs_pooler: whether a checkpoint without pooler will not do, as
        Hugging Face's taggers come.

    Raises:
      InputError: it cannot be read, or is of another config.
    """
    source = open_checkpoint(best_checkpoint(path))
    # The seed is of weights that are all replaced, or not used.
    encoder = build_encoder(config, gelu_form=gelu_form, seed=0, dtype=dtype)
    pooler = {n for n in encoder.named if n.startswith(_POOLER)}
    matching.load(
        source, encoder.named, optional=set() if needs_pooler else pooler
    )
    return encoder


class LayerOutputs:
    """Features of a batch in, outputs of some layers out.

    Args:
      encoder: with its weights.
      layers: which; as indices of a list, so that -1 is the last.
      with_pooled: whether the pooled output is computed too.
    """

    def __init__(
        self,
        encoder: Encoder,
        layers: Sequence[int],
        *,
        with_pooled: bool = False,
    ) -> None:
        self._encoder = encoder
        self._layers = tuple(layers)
        self._with_pooled = with_pooled
        names = [spec.name for spec in INPUT_SPECS]
        self._run = tf.function(
            self._outputs,
            input_signature=[
                {n: tf.TensorSpec([None, None], tf.int32) for n in names}
            ],
            autograph=False,
        )

    def __call__(
        self, batch: Mapping[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Returns the vectors of a batch.

        Args:
          batch: input_ids, input_mask, segment_ids: int32 [B, S].

        Returns:
          float32 [B, S, layers, D], and the pooled output [B, D] or None.
        """
        found = self._run({n: tf.constant(v) for n, v in batch.items()})
        pooled = found["pooled_output"].numpy() if self._with_pooled else None
        return found["layers"].numpy(), pooled

    def _outputs(self, batch: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        outputs = self._encoder(
            EncoderInputs(
                batch["input_ids"], batch["input_mask"], batch["segment_ids"]
            )
        )
        chosen = [outputs.layer_outputs[layer] for layer in self._layers]
        found = {"layers": tf.stack(chosen, axis=2)}  # [B, S, layers, D]
        # What is not returned is not computed: layers above, the pooler.
        if self._with_pooled:
            found["pooled_output"] = outputs.pooled_output
        return found
