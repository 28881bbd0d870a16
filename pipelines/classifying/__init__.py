"""The parts of the step `classify`: fitting a classifier, measuring it, storing it."""
