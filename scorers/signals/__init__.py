"""What is asked of a model about one sample, and what is kept of its answers: a file for each signal."""
