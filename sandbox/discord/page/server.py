"""Serves the demo page, its assets and its socket."""

from pathlib import Path

from aiohttp import web

from sandbox.discord.page.menu import Menu
from sandbox.discord.page.socket import PageSocket
from sandbox.discord.world.people import People
from sandbox.discord.world.store import World

_FILES = Path(__file__).parent / "assets"


class Page:
    """The page on which people use this Discord.

    Args:
        world: The store.
        people: Where acts are done.
        board: What the page's menu switches, if there is one.
    """

    def __init__(self, world: World, people: People, board: Menu | None) -> None:
        self._world = world
        self._people = people
        self._board = board
        self._open: set[PageSocket] = set()

    async def close(self) -> None:
        """Close the sockets of all pages."""
        for page in list(self._open):
            await page.close()

    def mount(self, app: web.Application) -> None:
        """Add the page to an application."""
        app.router.add_get("/", self._index)
        app.router.add_get("/page/socket", self._socket)
        app.router.add_static("/page", _FILES)

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(_FILES / "index.html")

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        # Any web page may open a socket to this machine; only our own page may act as people.
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            raise web.HTTPForbidden(text="The page's socket is for the page only")
        wanted = request.query.get("user")
        people = list(self._world.users)
        me = next((user for user in people if str(user.id) == wanted), people[0] if wanted is None else None)
        if me is None:
            raise web.HTTPNotFound(text="There is no such person")
        page = PageSocket(self._world, self._people, me, self._board)
        self._open.add(page)
        try:
            return await page.serve(request)
        finally:
            self._open.remove(page)
