"""What the lake holds, whoever put it there."""
