"""What one exchange with a vendor comes to, in one vocabulary for all vendors.

Outcome
├── Sent        the vendor did it
├── Accepted    the vendor queued it; `token` finds it again
├── Retry       not now; `known` says that it had no effect for certain
├── Refused     never, whatever we do again: this item is at fault
├── Auth        the credential is dead: a person must look
├── OptedOut    the customer told the vendor no
├── Gone        what we spoke of (audience, endpoint, contact) exists no longer
└── Unknown     the request left and no answer came
"""

from dataclasses import dataclass

from hub.clock import Duration


@dataclass(frozen=True)
class Sent:
    vendor_id: str = ""


@dataclass(frozen=True)
class Accepted:
    token: str = ""


@dataclass(frozen=True)
class Retry:
    text: str = ""
    after: Duration | None = None
    """Milliseconds of real time the vendor asked for; None: our own backoff."""
    known: bool = True
    unknown_error: bool = False
    """The connector's table does not know this error: retried, never dropped, and counted."""
    waits: bool = False
    """Nothing was tried (circuit open), or it was enough for now (a limit): this brings no message nearer to
    its dead-letter queue."""


@dataclass(frozen=True)
class Refused:
    code: str
    text: str = ""


@dataclass(frozen=True)
class Auth:
    text: str = ""


@dataclass(frozen=True)
class OptedOut:
    text: str = ""


@dataclass(frozen=True)
class Gone:
    text: str = ""


@dataclass(frozen=True)
class Unknown:
    text: str = ""


Outcome = Sent | Accepted | Retry | Refused | Auth | OptedOut | Gone | Unknown
