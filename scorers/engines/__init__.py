"""Engines run models: one interface, one implementation for each way to run them, each in a process of its own."""
