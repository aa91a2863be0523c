"""Discord's rate limits for tests, in which commands may be synced as often as Quoth is restarted."""

from dataclasses import replace

from sandbox.discord.rest.buckets import LIMITS, Rule

REAL = replace(LIMITS, commands=None)
_QUICK = Rule(5, 1)
QUICK = replace(REAL, edit=_QUICK, history=_QUICK, interaction=_QUICK, send=_QUICK)
"""With buckets that are full again after a second, for tests that are not about the pace."""
