"""The arena in miniature: a small task, datasets of known worth, a small model really trained on each."""
