"""Writers of texts: each gives any number of varied prompts with right answers, from a random generator."""
