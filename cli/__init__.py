"""Flags of each concern, declared once and read into options."""
