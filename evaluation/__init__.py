"""Numpy in, numbers out: scores as the published evaluators count them."""
