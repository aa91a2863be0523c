"""In which language Quoth speaks: every sentence that people read goes through ``t``, in English where it is used.

t("There is no question in that message.")
t("You can ask again {when}.", when=...)
"""


def t(sentence: str, /, **values: object) -> str:
    """Say a sentence in the language of whoever reads it, its ``{names}`` filled in."""
    return sentence.format(**values) if values else sentence
