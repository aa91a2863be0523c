"""The documentation of the commands is what the commands say."""

from tests.support.command_reference import FILE, reference, with_reference


async def test_the_reference_is_up_to_date() -> None:
    """docs/commands.md lists every command with its options; `make docs` writes it anew."""
    page = FILE.read_text(encoding="utf-8")
    assert page == with_reference(page, await reference())
