"""The text that tells what was read for an answer: each message, and what was left out. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import discord

from bot.context.message_text import named, text_of
from bot.i18n.translate import later, t
from bot.markdown.escapes import escaped
from bot.markdown.own_lines import separate, without_links
from storage.prompt_sources import MessageRef, PromptSourcesRow

_ROOM = 1900  # characters of a page, so that a line with its number has room
_WORDS = 60  # characters of a message that are shown
_FILES = 400  # characters of files' names
_WHOSE = {
    "you": later("those of the person who asked"),
    "this channel": later("this channel's"),
    "this server": later("this server's"),
}
_MARKS = "#>-*_~|` "  # at the beginning of a message they say how it looks
_NEW_CHAT = {
    "again": later("The question was asked again or edited."),
    "off": later("It is to be answered without earlier messages."),
    "new": later("It doesn't reply to an answer that Quoth remembers."),
    "person": later("Someone else asked the earlier question."),
    "model": later("Another model gave the earlier answer."),
    "unknown": later("The chat of the earlier answer isn't known, or has already been continued."),
    "instructions": later("The instructions have changed."),
    "forgotten": later("The context was cleared with `/forget`."),
    "hidden": later("Someone in the chat opted out, deleted their data, or is unknown."),
    "changed": later("An earlier message was changed or deleted, or can't be read."),
    "between": later("Other messages came in between."),
    "account": later("It was asked through another account, or not through the browser."),
    "gone": later("The earlier chat is gone, or has another model now."),
}
_NO_MESSAGES: Mapping[int, discord.Message] = {}


def sources_pages(
    guild: int | None,
    sources: PromptSourcesRow,
    messages: Mapping[int, discord.Message] = _NO_MESSAGES,
    *,
    chosen: MessageRef | None = None,
    files: Sequence[str] = (),
) -> list[str]:
    """Return what was read for an answer, in pages of at most 2000 characters.

    Args:
        guild: where it was asked; None in a DM.
        sources: what was read.
        messages: the messages as they are now, by id. Of others, such as deleted ones, only the time is told.
        chosen: the message that the question was about.
        files: the names of the attached files that were read.
    """
    lines = [*_summary(guild, sources, chosen, files), *_instructions(sources.instructions_rule), *_chat(sources.chat)]
    if sources.taken and sources.cut:
        lines.append("")
    lines += [_entry(guild, ref, messages) for ref in sources.taken]
    if sources.cut:
        lines += [t("**Left out (context full):**"), *(_entry(guild, ref, messages) for ref in sources.cut)]
    pages = [""]
    for line in lines:
        if len(pages[-1]) + len(line) >= _ROOM:
            pages.append("")
        pages[-1] += f"{line}\n" if pages[-1] or line else ""
    if len(pages) == 1:
        return [pages[0].rstrip()]
    return [f"{page}-# {_number(number, len(pages))}" for number, page in enumerate(pages, 1)]


def _number(page: int, pages: int) -> str:
    return t("Page {page} of {count}", page=page, count=pages)


def _summary(
    guild: int | None, sources: PromptSourcesRow, chosen: MessageRef | None, files: Sequence[str]
) -> Iterator[str]:
    if sources.taken:
        yield t("**Messages read: {count}.**", count=len(sources.taken))
    else:
        yield t("Only your question was sent.")
    if sources.cut:
        yield t("**Left out (context full): {count}.**", count=len(sources.cut))
    if chosen:
        yield t("**Asked about this message:** {link}", link=f"[1]({jump(guild, *chosen)})")
    if files:
        yield t("**Attached files:** {names}", names=_listed(files))
    if sources.unsent:
        yield t("**Not passed on:** {names}", names=_listed(sources.unsent))
    if sources.hidden:
        yield t("**Left out (author opted out or unknown): {count}.**", count=sources.hidden)
    if sources.webhooks:
        yield t("**Left out (sent by a webhook): {count}.**", count=sources.webhooks)
    if sources.unparsed:
        yield t("**Left out (unknown format): {count}.**", count=sources.unparsed)
    if reason := _reason(sources.why):
        yield reason


def _listed(names: Sequence[str]) -> str:
    return _cut(", ".join(escaped(" ".join(name.split())) for name in names), _FILES)


def _reason(why: str) -> str:
    match why:
        case "off":
            return t("Context messages are turned off here.")
        case "fresh":
            return t("This question was asked without earlier messages.")
        case "forgotten":
            return t("Earlier messages were cleared from the context with `/forget`.")
        case "refused":
            return t("Discord didn't allow Quoth to read earlier messages.")
        case "permission":
            return t("Earlier messages were left out: the asker doesn't have *Read Message History* here.")
        case _:
            return ""


def _instructions(rule: str) -> Iterator[str]:
    """Say whose standing instructions went along; see `bot.conversation.Rule`."""
    if name := _WHOSE.get(rule):
        yield t("**Standing instructions:** {whose}", whose=t(name))


def _chat(why: str) -> Iterator[str]:
    """Say whether the chat on Poe went on, or why not; see `bot.context.continuation.Why`."""
    if why == "continued":
        yield t("**Continued the chat on Poe**, which has the earlier questions and answers of this reply chain.")
    elif sentence := _NEW_CHAT.get(why):
        yield t("**Asked in a new chat on Poe:** {why}", why=t(sentence))


def _entry(guild: int | None, ref: MessageRef, messages: Mapping[int, discord.Message]) -> str:
    """Return the line of one message: author, time, first words, and a link."""
    message = messages.get(ref[1])
    when = f"<t:{int(discord.utils.snowflake_time(ref[1]).timestamp())}:f>"
    if message is None:
        unknown = t("Message")
        return f"- [{unknown}]({jump(guild, *ref)}) · {when}"
    own = separate(named(message.content, message))
    words = own.text or own.question or text_of(message)
    said = escaped(without_links(_cut(" ".join(words.split()).lstrip(_MARKS), _WORDS)))
    author = escaped(" ".join(message.author.display_name.replace("]", "").split())) or t("Message")
    return f"- [{author}]({jump(guild, *ref)}) · {when}" + (f" · {said}" if said else "")


def jump(guild: int | None, channel: int, message: int) -> str:
    """Return the URL of a message."""
    return f"https://discord.com/channels/{guild or '@me'}/{channel}/{message}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
