"""The error that a learner reads. It stands alone so that reading a file does not load torch."""

from types import CodeType


class Failure(AssertionError):
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
