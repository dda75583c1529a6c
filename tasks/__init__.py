"""What a fine-tuning task is."""
