"""Result files: what was scored, on which data, by which checkpoint."""
