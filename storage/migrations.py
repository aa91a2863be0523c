"""The schema's history. Append only: each entry is one migration, its place in the tuple its number."""

MIGRATIONS: tuple[str, ...] = (
    # 1: the model that a server's admins chose for it
    """
    CREATE TABLE guild_preferences (
        guild_id INTEGER PRIMARY KEY,
        default_model TEXT NOT NULL
    ) STRICT;
    """,
    # 2: what was asked, for the buttons of its reply
    """
    CREATE TABLE asks (
        id INTEGER PRIMARY KEY,
        guild_id INTEGER,
        channel_id INTEGER NOT NULL,
        asker_id INTEGER NOT NULL,
        before_id INTEGER NOT NULL,
        question TEXT NOT NULL,
        model TEXT NOT NULL,
        private INTEGER NOT NULL,
        asked_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX asks_by_age ON asks (asked_at);
    """,
)
