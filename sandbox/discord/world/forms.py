"""Read a request's JSON field by field and collect all problems, as Discord does (400, code 50035)."""

from typing import Any, cast

from sandbox.discord.world.entities import Json
from sandbox.discord.world.errors import ApiError, UnmodelledError

REQUIRED = "BASE_TYPE_REQUIRED"


class Problems:
    """The problems of a request, each at the path of its field."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def add(self, path: tuple[str, ...], code: str, message: str) -> None:
        """Add a problem of the field at `path`."""
        node = self._errors
        for step in path:
            node = node.setdefault(step, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def check(self) -> None:
        """Refuse the request if there are any problems.

        Raises:
            ApiError: 400 with code 50035 and all problems.
        """
        if self._errors:
            raise self.error()

    def error(self) -> ApiError:
        """Return the error with all problems."""
        return ApiError(400, 50035, "Invalid Form Body", errors=self._errors)


def invalid(path: tuple[str, ...], code: str, message: str) -> ApiError:
    """Return the error for one field that only the state of the world makes invalid."""
    problems = Problems()
    problems.add(path, code, message)
    return problems.error()


class Form:
    """One JSON object of a request. Reading a field checks it; `check` raises all problems together."""

    def __init__(self, value: object, problems: Problems | None = None, path: tuple[str, ...] = ()) -> None:
        self.problems = problems or Problems()
        self.path = path
        self.json: Json = {}
        if isinstance(value, dict):
            self.json = cast("Json", value)
        else:
            self.problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")

    def __contains__(self, key: str) -> bool:
        return key in self.json

    def complain(self, key: str, code: str, message: str) -> None:
        """Add a problem of one field, or of the whole object when `key` is empty."""
        self.problems.add((*self.path, key) if key else self.path, code, message)

    def check(self) -> None:
        """Raise the problems, if there are any."""
        self.problems.check()

    def only(self, *known: str) -> None:
        """Refuse fields that the sandbox does not model.

        Raises:
            UnmodelledError: A field that is not among `known` has a value.
        """
        strange = sorted(key for key, value in self.json.items() if key not in known and value)
        if strange:
            raise UnmodelledError(f"fields {', '.join(strange)} at {'.'.join(self.path) or 'the top'}")

    def text(self, key: str, *, least: int = 0, most: int | None = None, required: bool = False) -> str | None:
        """Read a string of `least` to `most` characters; None when it is absent or null."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.complain(key, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
            return None
        if not least <= len(value) <= (len(value) if most is None else most):
            code = "BASE_TYPE_MAX_LENGTH" if most is not None and len(value) > most else "BASE_TYPE_MIN_LENGTH"
            sentence = f"Must be {most} or fewer in length." if code == "BASE_TYPE_MAX_LENGTH" else None
            self.complain(key, code, sentence or f"Must be {least} or more in length.")
        return value

    def integer(self, key: str, least: int, most: int, *, required: bool = False) -> int | None:
        """Read a whole number in a range; None when it is absent or null."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.complain(key, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return None
        if value < least:
            self.complain(key, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
        if value > most:
            self.complain(key, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
        return value

    def snowflake(self, key: str, *, required: bool = False) -> int | None:
        """Read an id; None when it is absent or null."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if not str(value).isdecimal():
            self.complain(key, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
            return None
        return int(str(value))

    def flag(self, key: str, default: bool = False) -> bool:
        """Read a boolean."""
        value = self.json.get(key)
        return default if value is None else bool(value)

    def items(self, key: str, most: int, *, least: int = 0) -> list[Any]:
        """Read a list of at most `most` values; empty when it is absent or null."""
        value = self.json.get(key)
        if value is None:
            value = []
        if not isinstance(value, list):
            self.complain(key, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        found = cast("list[Any]", value)
        if not least <= len(found) <= most:
            self.complain(key, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        return found

    def forms(self, key: str, most: int, *, least: int = 0) -> list["Form"]:
        """Read a list of objects, each a form with its own path."""
        return [
            Form(value, self.problems, (*self.path, key, str(index)))
            for index, value in enumerate(self.items(key, most, least=least))
        ]

    def form(self, key: str) -> "Form | None":
        """Read a nested object; None when it is absent or null."""
        value = self.json.get(key)
        return None if value is None else Form(value, self.problems, (*self.path, key))

    def _get(self, key: str, *, required: bool) -> object:
        value: object = self.json.get(key)
        if value is None and required:
            self.complain(key, REQUIRED, "This field is required")
        return value
