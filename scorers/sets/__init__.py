"""Shared work of the axes of whole datasets: tiles, moments, spectra, neighbours, clusters."""
