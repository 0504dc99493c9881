"""The reference answers, and the source of the stubs in exercises/."""
