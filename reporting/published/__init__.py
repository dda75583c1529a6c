"""The published tables, one small file each: what was run, what came out."""
