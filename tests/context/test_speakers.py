"""Two people with the same display name are told apart, the same way in every prompt."""

from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from bot.context.impersonation import name_of
from bot.context.speakers import Speaker, distinct
from sandbox.discord.sandbox import DiscordSandbox
from tests.support.channel_history import asks_about, lines, put
from tests.support.quoth_in_sandbox import quoth_in_sandbox

ids = st.integers(10**16, 10**19)
speakers = st.dictionaries(
    st.tuples(ids | st.sampled_from([11111111111114821, 22222222222224821]), st.just("")),
    st.sampled_from(["Bob", "bob", "Bo\u200bb", "Bob#4821", "Eve", "", "x" * 32, "User"]) | st.text(max_size=6),
)


@given(speakers)
@example({(11111111111114821, ""): "Bob", (22222222222224821, ""): "Bob", (3, ""): "Bob#4821"})
def test_no_two_are_called_the_same(names: dict[Speaker, str]) -> None:
    """Names that look the same in a prompt are told apart, also from somebody who is called like the outcome."""
    called = distinct(names)
    assert called.keys() == names.keys()
    looks = [name_of(name).casefold() for name in called.values()]
    assert len(set(looks)) == len(looks)


def test_a_name_stays() -> None:
    """A person's name depends neither on who else speaks nor on the order; nobody without a namesake gets a number."""
    ada, bob, other = (10**17 + 1111, ""), (10**17 + 2222, ""), (10**17 + 3333, "")
    expected = {ada: "Ada", bob: "Bob#2222", other: "Bob#3333"}
    assert distinct({ada: "Ada", bob: "Bob", other: "Bob"}) == expected
    assert distinct({other: "Bob", (10**17 + 4444, ""): "Bob", bob: "Bob"})[bob] == "Bob#2222"
    assert distinct({ada: "Ada", bob: "Bob"}) == {ada: "Ada", bob: "Bob"}


async def test_two_members_are_called_bob(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Each message and each mention in a history, and the question of a command, has the name of its own Bob."""
    world = discord.world
    bob, other = world.users.bob, world.add_person("other", "Bob")
    channel = world.channels.oven
    assert channel.guild is not None
    world.join(other, channel.guild)
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("other", "oven", prompt="Which Bob am I?")
        answer.end("The other one.")
        await quoth.shown(interaction.response, "done")
        put(discord, "bob", "oven", "I am the baker")
        last = put(discord, "alice", "oven", f"Hello <@{other.id}>")
        last.mentions = [other]
        answer = await asks_about(quoth, last, reply=None, replies_to=None)
        mine, yours = f"Bob#{str(bob.id)[-4:]}", f"Bob#{str(other.id)[-4:]}"
        assert mine != yours
        assert lines(answer) == [
            f"User: {yours}: Which Bob am I?",
            "Assistant: The other one.",
            f"User: {mine}: I am the baker",
            f"User: Alice: Hello @{yours}",
        ]
        _, answer = await quoth.ask("other", "oven", prompt="What did I say?")
        assert answer.prompt.endswith(f"\nUser: {yours}: What did I say?\nAssistant:")
