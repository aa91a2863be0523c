"""The simulated official API: the bot protocol, the OpenAI form, uploads, models and points (next.md section A)."""
