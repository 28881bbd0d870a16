"""The parts of the step `leaderboard`: boards out of the lake, findings over boards, pages that show them."""
