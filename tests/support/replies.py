"""What tests read in a message of a reply."""

from bot.markdown.own_lines import separate


def question_and_text(content: str) -> tuple[str, str]:
    """Return the question that a message of a reply repeats, and the answer's own text on it."""
    parts = separate(content)
    return parts.question, parts.text
