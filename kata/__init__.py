"""The runner behind the exercises: collection, failures that explain themselves, data, stubs."""
