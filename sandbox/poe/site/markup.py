"""The HTML that the server sends: empty pages that their script fills later."""

import hashlib
import html
import json
from collections.abc import Mapping
from pathlib import Path

from sandbox.poe.site.skins import NOTICE

ASSETS = {file.name: file.read_bytes() for file in sorted((Path(__file__).parent / "page").iterdir())}
"""The files that pages load, by name."""
# As on the real site a build has addresses of its own, so that browsers may keep the files for ever.
STATIC = f"/_next/static/{hashlib.sha256(b''.join(ASSETS.values())).hexdigest()[:16]}"
# The pages load nothing from other hosts, not even the images in answers.
POLICY = "default-src 'self'; connect-src 'self' ws:; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


def shell(title: str, body: str, data: Mapping[str, object], script: str = "app.js") -> str:
    """Return a whole page: the body as the server renders it, the data, and the script that hydrates it."""
    # Escaped, so that no prompt in the history can close the script element.
    payload = json.dumps({"props": {"pageProps": dict(data)}}).replace("<", "\\u003c")
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{STATIC}/page.css"></head><body>'
        f'<p class="sandboxNotice" role="note">{html.escape(NOTICE)}</p>'
        f'<div id="__next">{body}</div>'
        f'<script id="__NEXT_DATA__" type="application/json">{payload}</script>'
        f'<script type="module" src="{STATIC}/{script}"></script>'
        "</body></html>"
    )


def chat_body(css: Mapping[str, str], labels: Mapping[str, str], handle: str, *, labelled: bool) -> str:
    """Return the chat page before hydration: all elements are there, but nothing works."""
    send = f' aria-label="{html.escape(labels["send"])}"' if labelled else ""
    return (
        f'<aside class="{css["sidebar"]}"><textarea class="{css["search"]}" tabindex="-1"></textarea></aside>'
        f'<header class="{css["header"]}"></header>'
        f'<main><div class="{css["scroller"]}"><a class="{css["botTitle"]}" href="/{html.escape(handle)}">'
        f'<div class="{css["botText"]}"><p>{html.escape(handle)}</p></div></a></div>'
        f'<footer class="{css["footer"]}"><div class="{css["inputContainer"]}">'
        f'<div class="{css["growWrap"]}" data-replicated-value="">'
        f'<textarea class="{css["prompt"]}" rows="1" placeholder="{html.escape(labels["placeholder"])}"></textarea>'
        f'</div><button type="button" class="{css["send"]}"{send} disabled>➤</button></div></footer></main>'
    )


def not_found(css: Mapping[str, str]) -> str:
    """Return the body of a 404 page (poe.md section 1.2)."""
    return (
        f'<main><h1 class="next-error-h1 {css["statusCode"]}">404</h1>'
        "<p>The bot or chat you are looking for doesn't exist.</p></main>"
    )


def logged_out(css: Mapping[str, str], handle: str) -> str:
    """Return the body of a bot's page for visitors who aren't logged in."""
    name = html.escape(handle)
    return f'<main><h1>{name}</h1><div class="{css["talkToBot"]}"><a href="/login">Talk to {name}</a></div></main>'


def challenge(clears_after: float | None, script: str) -> str:
    """Return a challenge page (poe.md section 5), which clears itself after so many seconds, or never."""
    clears = "" if clears_after is None else f' data-clears="{clears_after}"'
    return (
        '<!DOCTYPE html>\n<html lang="en-US"><head><meta charset="utf-8"><title>Just a moment...</title></head>'
        f'<body class="no-js"><p role="note">{html.escape(NOTICE)}</p><div class="main-wrapper"><h1>poe.com</h1>'
        f'<div id="challenge-stage"{clears}><div id="turnstile-wrapper"><div id="challenge-spinner" class="lds-ring">'
        '</div><input type="hidden" name="cf-turnstile-response"></div></div>'
        '<h2 id="challenge-error-title">Checking if the site connection is secure</h2>'
        '<div id="challenge-body-text">The site needs to review the security of your connection.</div>'
        '<div class="ray_id">Ray ID: <code>5a4db0c5a4db0c00</code></div></div>'
        f'<script type="module" src="{script}"></script></body></html>'
    )


def login_body(css: Mapping[str, str]) -> str:
    """Return the body of the login page (poe.md section 5); its script makes the forms work."""
    return (
        f'<main class="{css["loggedOut"]}"><h1>Welcome to the sandbox</h1>'
        "<p>Any e-mail address will do here, and the code is 123456.</p>"
        '<button type="button" disabled>Continue with Google</button>'
        '<button type="button" disabled>Continue with Apple</button>'
        f'<form id="emailForm"><input class="{css["emailInput"]}" type="email" required placeholder="Email address">'
        '<button type="submit">Go</button><button type="button" disabled>Use phone</button></form>'
        f'<form id="codeForm" hidden><input class="{css["codeInput"]}" inputmode="numeric" maxlength="6" required '
        'placeholder="Code"><button type="submit">Log in</button></form><p id="loginError" role="alert"></p></main>'
    )


def plain(title: str, body: str) -> str:
    """Return a page without a script."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<link rel="stylesheet" href="{STATIC}/page.css"></head><body>'
        f'<p class="sandboxNotice" role="note">{html.escape(NOTICE)}</p>{body}</body></html>'
    )
