"""Load the kata plugin: here and not by an entry point, so that it never leaks elsewhere."""

pytest_plugins = ["kata.plugin"]
