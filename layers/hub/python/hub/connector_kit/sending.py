"""The way of a message: at most once per (enrollment, step, action), whatever crashes (P3).

    ledger read? -> gate -> fill -> ledger.begin -> request -> ledger.settle -> delivery

A row in the ledger says `sending` from right before the request until its end is written down. Whoever
finds it young waits; whoever finds it old knows that the sender died on the way: unknown, never repeated.
"""

from dataclasses import replace

from hub.clock import MINUTE, SECOND, Duration, format_instant
from hub.connector_kit.declaration import Action, Send
from hub.connector_kit.fields import NoAddress
from hub.connector_kit.outcomes import Accepted, Auth, Gone, OptedOut, Outcome, Refused, Retry, Sent, Unknown
from hub.connector_kit.results import Again, Result, Tools, delivered
from hub.deliveries import Message, Status
from hub.policy import Later, No
from hub.ports import LedgerEntry
from hub.profiles import Profile

IN_FLIGHT: Duration = 2 * MINUTE
"""Real time after which a sender that has not written down its end is dead; longer than a Lambda lives."""
