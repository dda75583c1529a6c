"""A trained model on raw text."""
