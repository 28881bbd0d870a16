"""The parts of the step `export`: where it may go, what it reads, how its folder is made."""
