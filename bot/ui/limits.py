"""Limits in words, for the commands that show them."""

from collections.abc import Iterator
from dataclasses import astuple, replace

from bot.conversation import ResolvedLimits
from bot.i18n.numbers import duration
from bot.i18n.translate import t
from storage.limits import Limits


def is_limited(limits: Limits | ResolvedLimits) -> bool:
    """Whether there is any limit for questions; of a row, also for files, which always have some limit."""
    if isinstance(limits, ResolvedLimits):
        limits = replace(limits, files=0, file_mb=0)
    return any(astuple(limits))


def listed(limits: Limits | ResolvedLimits) -> str:
    """Return limits as a list in words: a row's with what it sets to no limit, those in effect without."""
    return ", ".join(_phrases(limits)) or t("none")


def _phrases(limits: Limits | ResolvedLimits) -> Iterator[str]:
    in_effect = isinstance(limits, ResolvedLimits)

    def told(limit: int | None) -> bool:
        return bool(limit) if in_effect else limit is not None

    def count(limit: int | None) -> str:
        return str(limit) if limit else t("no limit")

    if told(limits.per_person):
        yield t("questions per member in 24 hours: {count}", count=count(limits.per_person))
    if told(limits.per_server):
        yield t("questions in the whole server in 24 hours: {count}", count=count(limits.per_server))
    if told(limits.at_once):
        yield t("questions per member at the same time: {count}", count=count(limits.at_once))
    if told(limits.cooldown):
        pause = duration(limits.cooldown) if limits.cooldown else t("no limit")
        yield t("pause between two questions from a member: {duration}", duration=pause)
    if told(limits.files):
        yield t("files per question: {count}", count=count(limits.files))
    if told(limits.file_mb):
        yield t("MB per file: {count}", count=count(limits.file_mb))
    if isinstance(limits, ResolvedLimits) and limits.per_person_total:
        yield t("questions per person in 24 hours in all servers and DMs: {count}", count=limits.per_person_total)
