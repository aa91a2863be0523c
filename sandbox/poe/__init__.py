"""A simulated poe.com. It agrees with the facts in poe.md and proves no more than that."""

from sandbox.poe.records import Frame, Sent, Stop, Visit
from sandbox.poe.sandbox import PoeSandbox
from sandbox.poe.site.scripts import Script

__all__ = ["Frame", "PoeSandbox", "Script", "Sent", "Stop", "Visit"]
