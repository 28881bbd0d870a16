"""Compiled inner loops over integer and byte arrays; imported late, because numba takes a second to load."""
