"""What becomes of the grades: files for gradebooks, for other graders and for people."""

from kata.grade.outputs.classroom50 import Run
from kata.grade.outputs.names import file_name
from kata.grade.outputs.write import write, write_all

__all__ = ["Run", "file_name", "write", "write_all"]
