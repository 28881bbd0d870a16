"""The parts of the step `contamination`: the index of benchmark items, the scan, what is stored."""
