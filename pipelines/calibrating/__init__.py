"""What calibrating a judge consists of: agreement, bias, corrected means, labels, and what is stored of it."""
