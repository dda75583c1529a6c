"""Options, optimizers, schedules, checkpoints and the loop."""
