"""The hub on this machine: an AWS emulator with our real stack in it, a front door, a vendor sandbox."""

from cli.local_stack.errors import LocalStackError
from cli.local_stack.records import StackInfo, current
from cli.local_stack.running import Wishes, down, up

__all__ = ["LocalStackError", "StackInfo", "Wishes", "current", "down", "up"]
