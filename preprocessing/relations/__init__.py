"""Relation corpora in their original files -> tables that run_re.py reads."""
