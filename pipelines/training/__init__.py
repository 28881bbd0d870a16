"""The parts of training an axis: fitting a classifier, measuring it, storing it."""
