"""The parts of the step `profile`: how axes go together."""
