"""The schema's history. Append only: each entry is one migration, its place in the tuple its number."""

MIGRATIONS: tuple[str, ...] = (
    # 1: the model that a server's admins chose for it
    """
    CREATE TABLE guild_preferences (
        guild_id INTEGER PRIMARY KEY,
        default_model TEXT NOT NULL
    ) STRICT;
    """,
)
