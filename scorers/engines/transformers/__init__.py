"""Models run by Transformers: what vLLM does not serve, and whatever a person would rather run without it."""
