"""Messages as Discord may send them one day: with null for texts, without what is usual, or not to be parsed at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import discord as dpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.context.message_text import text_of
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world import objects
from sandbox.discord.world.entities import Json, Message
from sandbox.discord.world.permissions import Permission
from tests.support.channel_history import asks_about, lines, put
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox
from tests.support.replies import buttons, posts

words = st.none() | st.sampled_from(["", "words", "<@1> <@&2> <#3> <:e:4> <t:1700000000:D>", "\u0661"])


def parts(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """Objects that may lack any of their fields, and have null in others."""
    return st.fixed_dictionaries({}, optional={name: st.none() | value for name, value in values.items()})


embeds = parts(
    title=words,
    description=words,
    author=parts(name=words),
    footer=parts(text=words),
    fields=st.lists(parts(name=words, value=words), max_size=2),
)


def objects_of(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Json]:
    """Objects that have all of these fields."""
    return st.fixed_dictionaries(fields)


answers = objects_of({"answer_id": st.integers(1, 9), "poll_media": objects_of({"text": words})})
polls = objects_of(
    {
        "question": objects_of({"text": words}),
        "answers": st.lists(answers, max_size=2),
        "expiry": st.just("2100-01-01T00:00:00+00:00"),
    }
)
texts = objects_of({"type": st.just(10), "content": words})
containers = objects_of({"type": st.just(17), "components": st.lists(texts, max_size=2)})
snapshots = objects_of(
    {
        "type": st.just(0), "content": words, "embeds": st.lists(embeds, max_size=2), "attachments": st.just([]),
        "timestamp": st.just("2020-01-01T00:00:00+00:00"), "edited_timestamp": st.none(),
        "components": st.lists(texts | containers, max_size=2), "flags": st.sampled_from([0, 1 << 15]),
    }
).map(lambda snapshot: {"message": snapshot})  # fmt: skip
changes: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "content": words,
        "embeds": st.lists(embeds, max_size=2),
        "poll": polls,
        "message_snapshots": st.lists(snapshots, max_size=2),
        "components": st.lists(texts | containers, max_size=2),
        "flags": st.sampled_from([0, 1 << 15]),
        "sticker_items": st.lists(objects_of({"id": st.just("1"), "name": words, "format_type": st.just(1)})),
    },
)


def parser(quoth: QuothInSandbox, message: Message) -> Callable[[Json], dpy.Message]:
    """How discord.py parses a message of this channel, with some of its fields changed."""
    state, whole = quoth.bot.__dict__["_connection"], objects.message(message)
    channel = quoth.bot.get_channel(message.channel.id)
    return lambda changes: state.create_message(channel=channel, data=whole | changes)


async def test_null_is_no_text(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Whatever discord.py accepts has a text: embeds, polls, components, stickers and forwards with null in them."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        parse = parser(quoth, put(discord, "bob", "oven", "here"))

        @settings(max_examples=300)
        @given(changes)
        def has_text(changed: Json) -> None:
            try:
                message = parse(changed)
            except (KeyError, TypeError, AttributeError, ValueError):
                return  # not parsed, and so left out
            assert "None" not in text_of(message)

        has_text()
        null = {"question": {"text": None}, "answers": [{"answer_id": 1, "poll_media": {"text": None}}]}
        message = parse({"content": None, "poll": null | {"expiry": "2100-01-01T00:00:00+00:00"}})
        assert text_of(message) == "[poll: ]"


@pytest.mark.parametrize("how", ["command", "mention"])
async def test_a_question_has_names_like_a_message(tmp_path: Path, discord: DiscordSandbox, how: str) -> None:
    """Mentions of people, roles and channels, emoji and times reach Poe as names, also of people who never spoke."""
    world = discord.world
    oven = world.channels.oven
    assert oven.guild is not None
    role = world.add_role(oven.guild, "Bakers", Permission(0))
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        prompt = f"<@{world.users.bob.id}> <@&{role.id}> <#{oven.id}> <:e:4> <t:1700000000:D> <@1> <@&2> <#3>?"
        named = "@Bob @Bakers #oven :e: 2023-11-14 22:13 UTC @someone @deleted-role #deleted-channel?"
        if how == "command":
            interaction, answer = await quoth.ask("alice", "oven", prompt=prompt, fresh=True)
            assert answer.prompt == named
            answer.end("Yes")
            pressed = await discord.press(
                "alice", await quoth.shown(interaction.response, "done"), buttons(interaction.response)["Retry"]
            )
            assert (await quoth.asked(1)).prompt == named
            assert pressed.response
        else:
            _, answer = await quoth.say("alice", "oven", prompt, mention=True)
            assert named in answer.prompt


async def test_what_can_not_be_parsed_is_left_out_and_counted(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One such message of a page costs only itself, and one that a good message replies to costs not even that."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        put(discord, "bob", "oven", "before")
        odd = put(discord, "bob", "oven", "odd")
        put(discord, "alice", "oven", "after", odd)
        whole = objects.message

        def broken(of: Message, *args: Any, **kwargs: Any) -> Json:
            body = whole(of, *args, **kwargs)
            return {key: value for key, value in body.items() if key != "type"} if of is odd else body

        monkeypatch.setattr(objects, "message", broken)
        interaction, answer = await quoth.ask("alice", "oven")
        assert lines(answer) == ["User: Bob: before", "User: Alice: after"]
        answer.end("Yes")
        reply = await quoth.shown(interaction.response, "done")
        told = await discord.press("alice", reply, buttons(reply)["What was read?"])
        assert "**Left out (unknown format): 2.**" in told.response.content


async def test_a_thread_whose_starter_can_not_be_parsed(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the thread is read."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        world = discord.world
        starter = await discord.say("bob", "oven", "Why does bread rise?")
        thread = world.add_thread(world.channels.oven, "bread", world.users.bob, starter.id)
        put(discord, "alice", thread, "guess")
        whole = objects.message

        def broken(of: Message, *args: Any, **kwargs: Any) -> Json:
            return {"id": str(of.id)} if of is starter else whole(of, *args, **kwargs)

        monkeypatch.setattr(objects, "message", broken)
        _, answer = await quoth.ask("alice", thread)
        assert lines(answer) == ["User: Alice: guess"]


@pytest.mark.parametrize("known", ["remembered", "cached or fetched", "somebody else's"])
async def test_a_reply_whose_target_discord_leaves_out(tmp_path: Path, discord: DiscordSandbox, known: str) -> None:
    """A reply without ping is known to be to Quoth by what Quoth remembers of its messages, else by the message."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        asked, answer = await quoth.say("alice", "oven", "Is it hot?", mention=True)
        answer.end("Very")
        reply = (await discord.wait(lambda: posts(discord, "oven", asked)))[0]
        await quoth.shown(reply, "done")
        if known == "cached or fetched":
            await quoth.bot.stores.personal_data.delete(discord.world.users.alice.id)
            quoth.bot.__dict__["_connection"]._messages.clear()
        event = objects.message(put(discord, "bob", "oven", "How hot?", asked if known == "somebody else's" else reply))
        del event["referenced_message"]
        guild = asked.channel.guild
        assert guild is not None
        event |= {"guild_id": str(guild.id), "member": objects.member(guild.members[discord.world.users.bob.id])}
        quoth.bot.__dict__["_connection"].parse_message_create(event)
        if known == "somebody else's":
            await quoth.say("bob", "dm", "Are you there?")
            assert len(quoth.poe.answers) == 2
        else:
            assert "User: Bob: How hot?" in (await quoth.asked(1)).prompt


async def test_a_slash_reply_without_its_metadata(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Quoth remembers of its own reply tells who asked what, also where Discord does not say so."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("bob", "oven", prompt="Is it\nhot?")
        answer.end("Very")
        reply = await quoth.shown(interaction.response, "done")
        put(discord, "bob", "oven", "Hm.")
        whole = objects.message

        def bare(of: Message, *args: Any, **kwargs: Any) -> Json:
            body = whole(of, *args, **kwargs)
            dropped = ("interaction_metadata", "interaction") if of is reply else ()
            return {key: value for key, value in body.items() if key not in dropped}

        monkeypatch.setattr(objects, "message", bare)
        answer = await asks_about(quoth, reply)
        assert lines(answer) == ["User: Bob: Is it", "  hot?", "Assistant: Very"]
