"""Trained models at work: weights in, predictions out; no training."""
