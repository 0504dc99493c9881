"""The error that a learner reads. It stands alone so that reading a file does not load torch."""

from types import CodeType


class _Unchangeable(type):
    """The class of a class that code which is handed a Failure cannot change for the next one."""

    def __setattr__(cls, name: str, value: object) -> None:
        raise TypeError(f"{cls.__name__}.{name} is not to be set")

    __delattr__ = __setattr__  # type: ignore[assignment]


class Failure(AssertionError, metaclass=_Unchangeable):
    """What a learner reads: a headline, what to do about it, and the mistake's id if it has one."""

    def __init__(
        self,
        headline: str,
        advice: str = "",
        *,
        mistake: str | None = None,
        code: CodeType | None = None,
    ) -> None:
        super().__init__(f"{headline}\n{advice}" if advice else headline)
        self.headline, self.advice, self.mistake, self.code = headline, advice, mistake, code
