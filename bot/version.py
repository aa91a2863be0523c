"""Which Quoth this is."""

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """Return Quoth's version, such as ``0.1.0``; something else in parentheses where it is not installed."""
    try:
        return version("quoth")
    except PackageNotFoundError:
        return "(not installed)"
