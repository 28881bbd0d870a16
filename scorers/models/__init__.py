"""Facts of models, one file a model, and what is known of their weights on this machine."""
