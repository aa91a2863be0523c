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
    # 4: the models that a server's admins let its members use
    """
    CREATE TABLE allowed_models (
        guild_id INTEGER PRIMARY KEY,
        all_offered INTEGER NOT NULL,
        names TEXT NOT NULL
    ) STRICT;
    """,
    # 5: how much may be asked in a server, by everybody (role 0) or by a role's members
    """
    CREATE TABLE limits (
        guild_id INTEGER NOT NULL,
        role_id INTEGER NOT NULL,
        per_person INTEGER,
        per_server INTEGER,
        at_once INTEGER,
        cooldown INTEGER,
        PRIMARY KEY (guild_id, role_id)
    ) STRICT, WITHOUT ROWID;
    """,
    # 6: what Poe was asked, without a word of it: for limits and for who asks what how often
    """
    CREATE TABLE uses (
        id INTEGER PRIMARY KEY,
        guild_id INTEGER NOT NULL,
        user_id INTEGER NOT NULL,
        model TEXT NOT NULL,
        used_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX uses_by_guild ON uses (guild_id, used_at);
    CREATE INDEX uses_by_person ON uses (guild_id, user_id, used_at);
    CREATE INDEX uses_by_user ON uses (user_id, used_at);
    CREATE INDEX uses_by_age ON uses (used_at);
    """,
    # 7: since when Quoth is no longer in a server
    """
    CREATE TABLE departures (
        guild_id INTEGER PRIMARY KEY,
        left_at REAL NOT NULL
    ) STRICT;
    """,
)
