"""The table of contents: what happens to an event, in order; each name is the heart of one Lambda's work.

accept          ingest_events      a client's message -> an event in the queue and the archive
Screen          update_profiles    what may be folded: no robot's, nothing that breaks the tracking plan
group           update_profiles    which facts may concern one customer
absorb          update_profiles    facts -> profiles: whose, what changed, memberships, enrollments
reactions       react_to_changes   a changed profile -> members, machines, timers, the end of runs
anew            react_to_changes   a profile said anew -> all of that again, should some of it have been lost
act             react_to_changes   does them
run_step        run_journey_step   a step is due -> messages to connectors
close_run       run_journey_step   a run is over -> all off again
Gate            connectors.*       asked right before a message leaves
defer           connectors.*       what the gate puts off
Backfill        backfill_segments  a changed segment -> what is recalled, and who is looked at or said anew
decide_content  decide_content     what the site may show a customer now

What vendors call back (receive_webhooks) is read by `hub.connector_kit.receiving` and goes to absorb.
"""

from hub.absorbing import absorb, group
from hub.backfill_steps import Backfill
from hub.content import decide_content
from hub.deferring import defer
from hub.events import accept
from hub.gate import Gate
from hub.reacting import act
from hub.reactions import reactions
from hub.saying_anew import anew
from hub.screening import Screen
from hub.stepping import close_run, run_step

__all__ = [
    "Backfill",
    "Gate",
    "Screen",
    "absorb",
    "accept",
    "act",
    "anew",
    "close_run",
    "decide_content",
    "defer",
    "group",
    "reactions",
    "run_step",
]
