"""Tests of preprocessing/literature."""
