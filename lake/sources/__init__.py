"""Where data comes from: files, folders, globs, saved `datasets` folders, repositories of the Hugging Face hub."""
