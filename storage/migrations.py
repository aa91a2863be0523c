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
    # 3: preferences of servers, channels and people in one table, which the servers' models move into
    """
    CREATE TABLE preferences (
        scope TEXT NOT NULL CHECK (scope IN ('guild', 'channel', 'user')),
        id INTEGER NOT NULL,
        guild_id INTEGER,
        model TEXT,
        history INTEGER,
        thinking TEXT,
        private INTEGER,
        every_message INTEGER,
        finish_ping INTEGER,
        language TEXT,
        PRIMARY KEY (scope, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX preferences_by_guild ON preferences (guild_id);
    INSERT INTO preferences (scope, id, guild_id, model)
        SELECT 'guild', guild_id, guild_id, default_model FROM guild_preferences;
    DROP TABLE guild_preferences;
    """,
    # 4: maintenance, in which no new ask is taken: a row while it lasts
    """
    CREATE TABLE maintenance (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        sentence TEXT NOT NULL,
        since REAL NOT NULL
    ) STRICT;
    """,
)
