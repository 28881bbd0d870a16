"""The parts of asking judges: what is stored of their answers, what that costs."""
