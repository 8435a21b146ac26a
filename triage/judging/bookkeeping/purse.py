"""The hard money limit: a call's worst case is set aside before it is sent."""

import asyncio

from triage.errors import TriageError
from triage.judging.bookkeeping.commits import Commits


class MoneyLimitError(TriageError):
    """The next call might pass the money limit: raise the limit to go on where the run stopped."""

    exit_status = 4
    code = "money-limit"


class Purse:
    """Sets money aside in the ledger, and waits for what comes back before it gives up."""

    def __init__(self, commits: Commits) -> None:
        self._commits = commits
        self._outstanding = 0
        self._back = asyncio.Event()
        self.exhausted = False
        """Whether a call was not made because it might have passed the limit."""

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._commits.ledger.limit_nano is not None

    async def hold(self, amount_nano: int) -> int:
        """Set a call's worst case aside; gives the amount to settle later, 0 without a limit.

        Raises:
            MoneyLimitError: It does not fit, and no call is under way whose rest could come back.
        """
        if not self.limited:
            return 0
        while True:
            back = self._back
            self._outstanding += 1
            granted = False
            try:
                granted = await self._commits.hold(amount_nano)
            finally:
                if not granted:
                    self._outstanding -= 1
            if granted:
                return amount_nano
            if self._outstanding == 0:
                self.exhausted = True
                self._wake()  # whoever waits for this attempt to end would wait for ever
                raise MoneyLimitError(
                    "the money limit is reached: run again with a higher --budget; what was "
                    "answered is kept and not bought again"
                )
            await back.wait()

    def settled(self, held_nano: int) -> None:
        """Tell that a held amount was settled, so that those who wait try again."""
        if held_nano:
            self._outstanding -= 1
            self._wake()

    def _wake(self) -> None:
        self._back.set()
        self._back = asyncio.Event()
