"""Axes of judges: cheap functions of what a language model answered about samples."""
