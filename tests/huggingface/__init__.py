"""Tests that PyTorch and transformers answer for, in a child process."""
