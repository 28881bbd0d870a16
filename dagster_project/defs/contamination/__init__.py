"""Benchmark items in training data."""
