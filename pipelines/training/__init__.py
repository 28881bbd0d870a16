"""The parts of the step `train`: recipes, keys of runs, data for a trainer, the program that trains."""
