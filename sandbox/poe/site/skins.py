"""Class names and labels of the page, by skin and language (poe.md section 1.2).

Class names are `Component_local__HASH`; the hash changes at every start of the sandbox.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass

NOTICE = "Quoth's sandbox: this is not Poe, and no real model answers here."

_BASE = {
    "growWrap": "GrowingTextArea_growWrap",
    "prompt": "GrowingTextArea_textArea",
    "inputContainer": "ChatMessageInputContainer_inputContainer",
    "inputFooter": "ChatMessageInputFooter_footer",
    "footer": "ChatPageMainFooter_footer",
    "fileInput": "ChatMessageFileInputButton_input",
    "filePreview": "FileInfo_fileInfo",
    "fileRemove": "Dismissable_dismissButton",
    "search": "SearchBar_input",
    "sidebar": "PageWithSidebarLayout_leftSidebar",
    "header": "BaseNavbar_navbar",
    "scroller": "ChatMessagesView_infiniteScroll InfiniteScroll_container",
    "paging": "InfiniteScroll_pagingTrigger",
    "chatMessage": "ChatMessage_chatMessage",
    "markdown": "Markdown_markdownContainer",
    "botTitle": "BotHeader_title",
    "botText": "BotHeader_textContainer",
    "actionBar": "ChatMessageActionBar_actionBar",
    "codeBlock": "MarkdownCodeBlock_container",
    "codeHeader": "MarkdownCodeBlock_codeHeader",
    "codeLanguage": "MarkdownCodeBlock_languageName",
    "codeActions": "MarkdownCodeBlock_codeActions",
    "preTag": "MarkdownCodeBlock_preTag",
    "codeTag": "MarkdownCodeBlock_codeTag",
    "image": "MarkdownImage_image",
    "errorBubble": "Message_errorBubble",
    "noSign": "Message_noSignIcon",
    "modalClose": "Modal_closeButton",
    "noFreeTooltip": "ChatMessageSendButton_noFreeMessageTooltip",
    "toast": "Toast_toast",
    "statusCode": "StatusCodeError_statusCode",
    "talkToBot": "TalkToBotButton_container",
    "loggedOut": "LoggedOutSection_main",
    "emailInput": "EmailInput_emailInput",
    "codeInput": "VerificationCodeInput_verificationCodeInput",
}

_SKIN_2026 = _BASE | {
    "send": "button_root button_primary button_iconOnly",
    "stop": "button_root button_primary button_stop",
    "plainButton": "button_root button_ghost",
    "primaryButton": "button_root button_primary",
    "clear": "button_root button_ghost",
    "newChat": "BaseNavbar_rightNavItem",
    "scrollWrapper": "ChatMessagesScrollWrapper_scrollableContainerWrapper",
    "bucket": "ChatMessagesView_tupleGroupContainer",
    "tuple": "ChatMessagesView_messageTuple",
    "row": "ChatMessage_messageWrapper",
    "humanWrapper": "ChatMessage_rightSideMessageWrapper",
    "humanBubble": "Message_rightSideMessageBubble",
    "botBubble": "Message_leftSideMessageBubble",
    "textContainer": "Message_messageTextContainer",
    "selectable": "Message_selectableText",
    "prose": "Prose_prose",
    "botHeader": "LeftSideChatMessageHeader_leftSideMessageHeader",
    "dots": "Message_loadingDots",
    "dot": "Message_dot",
    "overflow": "ChatMessage_messageOverflowButton",
    "followups": "ChatMessageFollowupActions_container",
    "followup": "Button_root FollowupActions_prompt",
    "followupControl": "ResendRemixFollowupButton_button",
    "collapsible": "MarkdownCodeBlock_codeBlock MarkdownCodeBlock_collapsible",
}

_SKIN_2023 = _BASE | {
    "send": "ChatMessageSendButton_sendButton ChatMessageInputContainer_sendButton",
    "stop": "ChatStopMessageButton_stopButton",
    "plainButton": "Button_buttonBase Button_tertiary",
    "primaryButton": "Button_buttonBase Button_primary",
    "clear": "ChatBreakButton_button ChatMessageInputFooter_chatBreakButton",
    "newChat": "ChatHeader_newChat",
    "scrollWrapper": "ChatPageMain_container",
    "bucket": "ChatMessagesView_dateGroup",
    "tuple": "ChatMessagesView_messagePair",
    "row": "ChatMessage_messageRow",
    "humanWrapper": "ChatMessage_humanMessageWrapper",
    "humanBubble": "Message_humanMessageBubble",
    "botBubble": "Message_botMessageBubble",
    "botHeader": "BotHeader_header",
    "followups": "ChatMessageSuggestedReplies_suggestedRepliesContainer",
    "followup": "ChatMessageSuggestedReplies_suggestedReply",
}

_ENGLISH = {
    "send": "Send message",
    "stop": "Stop message",
    "clear": "Clear context",
    "more": "More actions",
    "retry": "Retry",
    "share": "Share",
    "user": "User menu",
    "attach": "Attach file",
    "voice": "Voice input",
    "feedback": "Send feedback",
    "search": "Search",
    "newChat": "New chat",
    "copy": "Copy",
    "close": "Close",
    "placeholder": "Start a new chat",
}
_CHINESE = {
    "send": "发送消息",
    "stop": "停止消息",
    "clear": "清除上下文",
    "more": "更多操作",
    "retry": "重试",
    "share": "分享",
    "user": "用户菜单",
    "attach": "添加附件",
    "voice": "语音输入",
    "feedback": "发送反馈",
    "search": "搜索",
    "newChat": "新聊天",
    "copy": "复制",
    "close": "关闭",
    "placeholder": "开始新的聊天",
}


@dataclass(frozen=True, slots=True)
class Skin:
    """One look of the page: the class name stems of each role, and whether buttons have labels."""

    name: str
    roles: dict[str, str]
    has_labels: bool


SKIN_2026 = Skin("2026", _SKIN_2026, has_labels=True)
SKIN_2023 = Skin("2023", _SKIN_2023, has_labels=False)


def labels(skin: Skin, handle: str, language: str) -> dict[str, str]:
    """Return the labels in English or Chinese ("zh"); the real wording is only partly known."""
    names = _CHINESE if language == "zh" else _ENGLISH
    return names if skin.has_labels else names | {"placeholder": f"Talk to {handle} on Poe"}


def classes(skin: Skin, build: str) -> dict[str, str]:
    """Return the `class` attribute of every role, with the hashes of a build."""
    return {role: " ".join(_hashed(stem, build) for stem in stems.split()) for role, stems in skin.roles.items()}


def _hashed(stem: str, build: str) -> str:
    """Add five letters or digits that depend on the build."""
    digest = hashlib.sha256(f"{build}/{stem}".encode()).digest()
    return f"{stem}__{b64encode(digest, altchars=b'Zq').decode()[:5]}"
