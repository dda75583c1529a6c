"""Corpora of annotated text in other people's formats, read and written."""
