"""How the command line says no."""

from typing import Final

OK: Final = 0
FAILED_CHECK: Final = 1
USAGE: Final = 2
NOT_SAFE: Final = 3


class CommandRefusedError(Exception):
    """One sentence for the operator; ``code`` is the exit status."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.code = code
