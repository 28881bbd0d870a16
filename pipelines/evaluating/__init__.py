"""The parts of the step `evaluate`: benchmarks, results on their way into the lake, importers."""
