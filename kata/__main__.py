"""`python -m kata` is the `kata` command."""

from kata.cli import app

app(prog_name="kata")
