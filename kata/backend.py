"""A matplotlib backend for tests: it draws as Agg does, and refuses to open a window."""

from typing import NoReturn

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from kata.failure import Failure


class FigureManager(FigureManagerBase):
    """Refuses `plt.show()` and `figure.show()`: in a test nobody is there to close the window."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> NoReturn:
        raise Failure(
            "plt.show() was called",
            "Leave it out: it opens a window and waits. Who calls the function shows the figure.",
            mistake="shows-window",
        )

    def show(self) -> NoReturn:
        self.pyplot_show()


class FigureCanvas(FigureCanvasAgg):
    """The canvas that makes the manager above."""

    manager_class = FigureManager
