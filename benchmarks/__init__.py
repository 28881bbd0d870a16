"""Benchmarks: each checks the answer before it looks at the time, and reports ratios of one run."""
