"""Where the parts of Poe's page are: the one file to edit when Poe changes its page.

Each role has CSS selectors, the most stable first: an attribute, then the stem of a class name (the hash after it
changes with every build), then the structure. The first one that matches something visible is used. Sources: poe.md
sections 1.2, 1.3, 2 and 5. ``quoth doctor`` shows which selector of each role matches.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

_EXACT: Final[dict[str, tuple[str, ...]]] = {
    "composer": (
        '[class*="ChatMessageInputContainer"] textarea',
        'textarea[class*="GrowingTextArea_textArea"]',
    ),
    "send": (
        'button[aria-label="Send message"]',
        'button[class*="ChatMessageSendButton_sendButton"]',
        '[class*="ChatMessageInputContainer"] button[class*="button_primary"]',
    ),
    "send_beside": (),
    "stop": (
        'button[aria-label="Stop message"]',
        'button[class*="ChatStopMessageButton_stopButton"]',
        'button[class*="stopButton"]',
    ),
    "message": (
        '[id^="message-"]',
        '[class*="ChatMessage_chatMessage"]',
        '[class*="ChatMessage_messageRow"]',
        '[class*="MessageBubble"]',
    ),
    "own": (  # inside or around a message that a person wrote
        '[class*="rightSideMessage"]',
        '[class*="humanMessageBubble"]',
    ),
    "text": (
        '[class*="Markdown_markdownContainer"]',
        '[class*="Message_selectableText"]',
        '[class*="Message_messageTextContainer"]',
        '[class*="MessageBubble"]',
    ),
    "model": ('[class*="BotHeader_title"]',),  # a link to the model of a chat
    "action_bar": ('[class*="ChatMessageActionBar_actionBar"]',),
    "suggestion": (  # a reply that Poe suggests below an answer
        'section[class*="ChatMessageFollowupActions"] button:not([class*="ResendRemix"])',
        '[class*="ChatMessageSuggestedReplies"] button',
    ),
    # Facts of next.md section B1. The input is always there, hidden.
    "file_input": ('input[type="file"][multiple]', 'input[type="file"]'),
    "file_preview": (
        '[class*="FileInfo_fileInfo"]',
        '[class*="ChatMessageInputAttachments_container"] > *',
    ),
    "file_busy": (  # beside the composer, while a file is uploaded
        '[role="progressbar"]',
        '[class*="spinner" i]',
        '[class*="loading" i]',
        '[class*="progress" i]',
    ),
    "error": ('[class*="Message_errorBubble"]', '[class*="Message_noSignIcon"]'),
    "dialog": (".ReactModal__Content--after-open", '[role="dialog"][aria-modal="true"]', "dialog[open]"),
    "dialog_close": (
        'button[class*="Modal_closeButton"]',
        'button[aria-label="Close"]',
        'button[class*="closeButton"]',
    ),
    "limit": ('[class*="noFreeMessageTooltip"]',),
    "login": (
        '[class*="LoggedOutSection_main"]',
        '[class*="MainSignupLoginSection"]',
        '[class*="EmailInput_emailInput"]',
        '[class*="VerificationCodeInput_verificationCodeInput"]',
        '[class*="TalkToBotButton_container"]',
        '[class*="LoggedOutBotInfoPage_appButton"]',
    ),
    "login_hint": ('input[type="email"]', 'input[autocomplete="email"]'),  # only if there is no composer
    "challenge": (
        "#challenge-stage",
        "#challenge-body-text",
        "#challenge-error-title",
        "#challenge-spinner",
        "#cf-please-wait",
        "#turnstile-wrapper",
        ".ray_id",
        'input[name="cf-turnstile-response"]',
        'script[src*="/cdn-cgi/challenge-platform/"]',
    ),
    "missing": ('[class*="StatusCodeError_statusCode"]', ".next-error-h1"),
}
# These also fit pages on which nothing is asked.
_GUESSES: Final[dict[str, tuple[str, ...]]] = {
    "composer": (
        "footer textarea",
        "main textarea",
        'textarea[class*="textInput"]',
        'textarea:not(aside *, nav *, header *, [role="search"] *, [role="navigation"] *)',
    ),
    "send": ('button[class*="sendButton"]', 'footer button[class*="button_primary"]'),
    "send_beside": ("button",),  # the last one beside the composer is Send, if `send` fits nothing
}
LOCATORS: Final[dict[str, tuple[str, ...]]] = {
    role: (*selectors, *_GUESSES.get(role, ())) for role, selectors in _EXACT.items()
}
"""Role → selectors, best first."""


def exact(locators: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the selectors without those that also fit pages on which nothing is asked."""
    return {
        role: tuple(selector for selector in selectors if selector not in _GUESSES.get(role, ()))
        for role, selectors in locators.items()
    }


def read_locators(path: Path) -> dict[str, tuple[str, ...]]:
    """Read an operator's own selectors and put them before the shipped ones.

    Args:
        path: a TOML file with a list of selectors for each role, such as ``send = ["button.send"]``.

    Raises:
        ValueError: it can't be read, is not TOML, names an unknown role, or has a value that is not a list of strings.
    """
    try:
        own: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"can't read {path}: {error}") from error
    if unknown := own.keys() - LOCATORS.keys():
        raise ValueError(f"{path} has unknown roles: {', '.join(sorted(unknown))}")
    for role, selectors in own.items():
        if not isinstance(selectors, list) or not all(isinstance(one, str) for one in cast("list[Any]", selectors)):
            raise ValueError(f"{path}: {role} must be a list of selectors, each in quotation marks")
    return {role: (*own.get(role, ()), *shipped) for role, shipped in LOCATORS.items()}
