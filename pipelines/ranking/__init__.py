"""The statistics of a leaderboard: pure functions over arrays, checked by simulation in `tests/ranking`."""
