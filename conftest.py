"""Load the kata plugins: here and not by an entry point, so that they never leak elsewhere."""

pytest_plugins = ["kata.collection", "kata.plugin"]
