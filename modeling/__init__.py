"""Tensors in, tensors out: encoders, heads and losses."""
