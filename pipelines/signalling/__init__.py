"""The parts of asking models: which relation keeps what, and a producer for every question to a model."""
