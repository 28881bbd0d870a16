"""Training, evaluation and the leaderboard."""
