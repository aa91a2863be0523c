"""Where the parts of Poe's page are: the one file to edit when Poe changes its page.

Each role has selectors in order of steadiness: attribute, then the stem of a class name (the part after it is a hash
that changes with every build), then structure. The first that matches something visible is used. Sources: poe.md
sections 1.2, 1.3, 2 and 5. ``quoth doctor`` shows which selector of each role matches.
"""

from typing import Final

Locators = dict[str, tuple[str, ...]]

LOCATORS: Final[Locators] = {
    "composer": (
        '[class*="ChatMessageInputContainer"] textarea',
        'textarea[class*="GrowingTextArea_textArea"]',
        "footer textarea",
        "main textarea",
        'textarea[class*="textInput"]',
        'textarea:not(aside *, nav *, header *, [role="search"] *, [role="navigation"] *)',
    ),
    "send": (
        'button[aria-label="Send message"]',
        'button[class*="ChatMessageSendButton_sendButton"]',
        'button[class*="sendButton"]',
        '[class*="ChatMessageInputContainer"] button[class*="button_primary"]',
        'footer button[class*="button_primary"]',
    ),
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
    "own": (  # inside or around a message: it is the person's, not the model's
        '[class*="rightSideMessage"]',
        '[class*="humanMessageBubble"]',
    ),
    "text": (
        '[class*="Markdown_markdownContainer"]',
        '[class*="Message_selectableText"]',
        '[class*="Message_messageTextContainer"]',
        '[class*="MessageBubble"]',
    ),
    "action_bar": ('[class*="ChatMessageActionBar_actionBar"]',),
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
    "login_hint": ('input[type="email"]', 'input[autocomplete="email"]'),  # where there is no composer
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
"""Role → selectors, best first."""
