"""Vectors of samples, and what is measured over whole datasets."""
