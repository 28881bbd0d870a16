"""Running programs that nobody has read: without network, files, or more than a little time and memory."""
