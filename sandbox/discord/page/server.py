"""Serve the demo page, its assets and its WebSocket."""

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
        people: Does the actions.
        menu: What the page's menu controls, if there is one.
    """

    def __init__(self, world: World, people: People, menu: Menu | None) -> None:
        self._world = world
        self._people = people
        self._menu = menu
        self._open: set[PageSocket] = set()

    async def close(self) -> None:
        """Close the WebSockets of all open pages."""
        for page in list(self._open):
            await page.close()

    def mount(self, app: web.Application) -> None:
        """Add the page's routes to an application."""
        app.router.add_get("/", self._index)
        app.router.add_get("/page/socket", self._socket)
        app.router.add_static("/page", _FILES)

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(_FILES / "index.html")

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        # Any web page can open a WebSocket to this machine; only this page may act as people.
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            raise web.HTTPForbidden(text="Only the demo page may use this socket")
        wanted = request.query.get("user")
        people = list(self._world.users)
        # By name, a page that was loaded before this sandbox started finds its person again.
        named = (user for user in people if wanted in (str(user.id), user.username))
        me = next(named, people[0] if wanted is None else None)
        if me is None:
            raise web.HTTPNotFound(text="This person does not exist")
        page = PageSocket(self._world, self._people, me, self._menu)
        self._open.add(page)
        try:
            return await page.serve(request)
        finally:
            self._open.remove(page)
