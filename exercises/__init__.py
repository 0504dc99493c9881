"""The week's exercises: the files you edit. Generated from solutions/ by `kata stubs`."""
