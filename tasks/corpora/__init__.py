"""One small file per corpus; `tasks.catalog` finds them by name."""
