"""GET /v1/models: what the API lists (next.md sections 0 and A6). It lists fewer models than it serves."""

from dataclasses import dataclass

from sandbox.poe.handles import canonical

_CREATED = 1_767_225_600_000  # milliseconds since the epoch
_TEXT = ("text",)


@dataclass(frozen=True, slots=True)
class Listed:
    """One model of the list."""

    name: str
    """Its display name; the id is the same in lower case."""
    owner: str
    takes: tuple[str, ...] = _TEXT
    gives: tuple[str, ...] = _TEXT
    context: int | None = None
    """Tokens."""
    price: tuple[str, str] | None = None
    """US dollars for a token read and a token written."""
    parameters: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The model's id."""
        return self.name.lower()

    def as_json(self) -> dict[str, object]:
        """Return the model as the API lists it; prices and context may be null."""
        modality = f"{','.join(self.takes)}->{','.join(self.gives)}"
        pricing = None
        if self.price:
            others = dict.fromkeys(("image", "request", "input_cache_read", "input_cache_write"))
            pricing = {"prompt": self.price[0], "completion": self.price[1], **others}
        window = {"context_length": self.context, "max_output_tokens": None} if self.context else None
        return {
            "id": self.id,
            "object": "model",
            "created": _CREATED,
            "description": "Quoth's sandbox: no real model answers.",
            "owned_by": self.owner,
            "root": self.id,
            "architecture": {
                "input_modalities": list(self.takes),
                "output_modalities": list(self.gives),
                "modality": modality,
            },
            "supported_features": [],
            "supported_endpoints": ["/v1/chat/completions"] if self.gives == _TEXT else [],
            "pricing": pricing,
            "context_window": window,
            "context_length": self.context,
            "metadata": {"display_name": self.name, "image": None, "url": f"https://poe.com/{self.id}"},
            "reasoning": None,
            "parameters": [_parameter(name) for name in self.parameters],
        }


_SEES = ("text", "image")
LISTED = (
    Listed("Assistant", "Poe"),
    Listed("Claude-Haiku-5.5", "Anthropic", _SEES, context=200_000, price=("0.000001", "0.000005")),
    Listed("Claude-Opus-4.8", "Anthropic", _SEES, context=200_000, price=("0.000005", "0.000025")),
    Listed("Claude-Sonnet-4.6", "Anthropic", _SEES, context=200_000, price=("0.000003", "0.000015")),
    Listed("Claude-Sonnet-5.5", "Anthropic", _SEES, context=200_000, price=("0.000003", "0.000015")),
    Listed("DeepSeek-V3.2", "DeepSeek", context=128_000),
    Listed("ElevenLabs-v3", "ElevenLabs", gives=("audio",)),
    Listed("Gemini-3.1-Pro", "Google", ("text", "image", "video", "audio"), context=1_048_576),
    Listed("Gemini-3.8-Flash", "Google", ("text", "image", "video", "audio"), context=1_048_576),
    Listed("GLM-5.3", "Empirio Labs AI"),
    Listed("GPT-4.1", "OpenAI", _SEES, context=1_047_576, price=("0.0000018", "0.0000072")),
    Listed("GPT-4.1-mini", "OpenAI", _SEES, context=1_047_576, price=("0.00000036", "0.0000014")),
    Listed("GPT-4o", "OpenAI", _SEES, context=128_000, price=("0.0000022", "0.000009"), parameters=("verbosity",)),
    Listed("GPT-4o-mini", "OpenAI", _SEES, context=128_000, price=("0.00000014", "0.00000054")),
    Listed("GPT-5.2", "OpenAI", _SEES, context=400_000, price=("0.0000016", "0.000013")),
    Listed("GPT-5.4", "OpenAI", _SEES, ("image",), context=400_000),  # the list errs about this one (A6)
    Listed("GPT-5.4-Mini", "OpenAI", _SEES, context=400_000, price=("0.00000022", "0.0000018")),
    Listed("GPT-Image-2", "OpenAI", _SEES, ("image",)),
    Listed("Grok-4.7", "xAI", _SEES, context=256_000),
    Listed("Kimi-K3", "Moonshot AI"),
    Listed("Mistral-Large-4", "Mistral"),
    Listed("Nano-Banana-2.1", "Google", ("text", "image", "image"), ("image",)),
    Listed("Python", "Poe"),
    Listed("Veo-3.1", "fal", _SEES, ("video",)),
    Listed("Web-Search", "Poe"),
)
_BY_ID = {model.id: model for model in LISTED}


def served(name: str) -> str | None:
    """Return the handle of a model that the API serves, in Poe's own spelling, or None if there is no such bot."""
    listed = _BY_ID.get(name.replace(" ", "").lower())
    return canonical(name) or (listed.name if listed else None)


def parameters_of(handle: str | None) -> frozenset[str]:
    """Return the names of the model's own parameters."""
    listed = _BY_ID.get((handle or "").lower())
    return frozenset(listed.parameters if listed else ())


def _parameter(name: str) -> dict[str, object]:
    schema = {"type": "string", "enum": ["low", "medium", "high"]}
    return {"name": name, "schema": schema, "default_value": "medium", "description": "How long answers are."}
