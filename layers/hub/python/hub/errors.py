"""The hub's own errors; the class is the decision.

HubError
├── ConfigurationError   a person must change a setting, a secret or a file; retrying is useless
├── StrategyError        a file under strategy/ is wrong: says file, line and what to do
├── InvalidEvent         a client's message is wrong: refused with a code, never retried
├── Conflict             another writer was faster: read again and decide again
└── RetryLater           not now: give the message back to its queue, `after` says when
"""


class HubError(Exception):
    """Base of all; never raised itself."""


class ConfigurationError(HubError):
    pass


class StrategyError(HubError):
    pass


class InvalidEvent(HubError):
    """`code` is stable and for machines, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Conflict(HubError):
    pass


class RetryLater(HubError):
    """`after`: milliseconds of hub time to wait before the next attempt."""

    def __init__(self, message: str, *, after: int) -> None:
        super().__init__(message)
        self.after = after
