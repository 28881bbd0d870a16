"""The parts of embedding: finding the model, one window of a dataset."""
