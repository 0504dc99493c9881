"""What right means: one folder a day, and tests/kata for the runner itself."""
