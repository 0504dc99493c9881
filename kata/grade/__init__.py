"""Fork in, verdict out: grade learners' code that nobody has read."""
