"""Raw text to batches; knows nothing of models."""
