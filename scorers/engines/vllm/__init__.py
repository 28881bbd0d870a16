"""The engine vLLM, in the process that opens it."""
