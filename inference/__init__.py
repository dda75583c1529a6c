"""Trained models at work: weights in, predictions out; no training."""

from foundation import tensorflow_settings

# For programs that start here, as `from inference.tagger import load_tagger`.
tensorflow_settings.set_defaults()
