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
    # 4: the messages of replies, so that a reply is known again whichever of its pages somebody answers
    """
    CREATE TABLE pages (
        message_id INTEGER PRIMARY KEY,
        ask_id INTEGER NOT NULL REFERENCES asks (id) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX pages_by_ask ON pages (ask_id);
    CREATE INDEX asks_by_asker ON asks (asker_id);
    """,
    # 5: which messages an ask read: their ids, not a word of them
    """
    CREATE TABLE readings (
        ask_id INTEGER PRIMARY KEY REFERENCES asks (id) ON DELETE CASCADE,
        taken TEXT NOT NULL,
        cut TEXT NOT NULL,
        hidden INTEGER NOT NULL,
        why TEXT NOT NULL
    ) STRICT;
    """,
    # 6: who does not want to be read
    """
    CREATE TABLE opt_outs (
        user_id INTEGER PRIMARY KEY,
        since REAL NOT NULL
    ) STRICT;
    """,
    # 7: up to which message a channel is forgotten
    """
    CREATE TABLE watermarks (
        channel_id INTEGER PRIMARY KEY,
        message_id INTEGER NOT NULL
    ) STRICT;
    """,
    # 8: what an ask replied to, what it was about and what was attached to it, so that it can be asked again
    """
    ALTER TABLE asks ADD COLUMN replies_to INTEGER;
    ALTER TABLE asks ADD COLUMN material_id INTEGER;
    ALTER TABLE asks ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE asks ADD COLUMN attached TEXT NOT NULL DEFAULT '[]';
    """,
    # 9: maintenance, in which no new ask is taken: a row while it lasts
    """
    CREATE TABLE maintenance (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        sentence TEXT NOT NULL,
        since REAL NOT NULL
    ) STRICT;
    """,
    # 10: the models that a server's admins let its members use
    """
    CREATE TABLE allowed_models (
        guild_id INTEGER PRIMARY KEY,
        all_offered INTEGER NOT NULL,
        names TEXT NOT NULL
    ) STRICT;
    """,
    # 11: how much may be asked in a server, by everybody (role 0) or by a role's members
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
    # 12: what Poe was asked, without a word of it: for limits and for who asks what how often
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
    # 13: since when Quoth is no longer in a server
    """
    CREATE TABLE departures (
        guild_id INTEGER PRIMARY KEY,
        left_at REAL NOT NULL
    ) STRICT;
    """,
    # 14: which asks have not ended, so that those that a killed Quoth left can be ended later
    """
    ALTER TABLE asks ADD COLUMN ended INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX asks_unended ON asks (id) WHERE ended = 0;
    """,
    # 15: who deleted their data, so that restoring an older copy does not bring it back
    """
    CREATE TABLE deletions (
        user_id INTEGER PRIMARY KEY,
        deleted_at REAL NOT NULL
    ) STRICT;
    """,
    # 16: whether the messages of webhooks are read, and how many messages were left out because of that, or unparsed
    """
    ALTER TABLE preferences ADD COLUMN read_webhooks INTEGER;
    ALTER TABLE readings ADD COLUMN webhooks INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE readings ADD COLUMN unparsed INTEGER NOT NULL DEFAULT 0;
    """,
    # 17: up to when the clock was found plausible, so that one that is wrong deletes nothing
    """
    CREATE TABLE clock (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        trusted REAL NOT NULL
    ) STRICT;
    """,
    # 18: which asks Poe was not asked, of which only a person's newest are kept
    """
    ALTER TABLE asks ADD COLUMN unasked INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX asks_unasked ON asks (asker_id, id) WHERE unasked = 1;
    """,
    # 20: a question that a moderator asked again belongs to who wrote it
    """
    UPDATE asks SET asker_id = (SELECT original.asker_id FROM asks AS original WHERE original.id = asks.before_id)
        WHERE before_id IN (SELECT id FROM asks);
    """,
    # 24: how pictures and files of answers are shown, and the replies that Poe suggests to them
    """
    ALTER TABLE preferences ADD COLUMN files TEXT;
    ALTER TABLE preferences ADD COLUMN suggestions INTEGER;
    ALTER TABLE asks ADD COLUMN suggested TEXT NOT NULL DEFAULT '[]';
    """,
    # 22: how many of the account's points a use cost, where Poe's API told; and Poe's own list of models
    """
    ALTER TABLE uses ADD COLUMN points INTEGER;
    CREATE TABLE live_models (
        handle TEXT PRIMARY KEY COLLATE NOCASE,
        maker TEXT NOT NULL,
        takes TEXT NOT NULL,
        gives TEXT NOT NULL,
        price_read REAL,
        price_written REAL,
        price_request REAL,
        listed_at REAL NOT NULL,
        place INTEGER NOT NULL,
        gone_at REAL
    ) STRICT, WITHOUT ROWID;
    """,
    # 23: the models that members with a role may use, and whether anybody may ask in a channel or a server
    """
    CREATE TABLE role_models (
        guild_id INTEGER NOT NULL,
        role_id INTEGER NOT NULL,
        all_offered INTEGER NOT NULL,
        names TEXT NOT NULL,
        PRIMARY KEY (guild_id, role_id)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE preferences ADD COLUMN asking INTEGER;
    """,
    # 25: standing instructions for a person, a channel or a server
    """
    ALTER TABLE preferences ADD COLUMN instructions TEXT;
    """,
    # 26: a question's files that go to a model as they are, which went along and which did not, and limits for them
    """
    ALTER TABLE limits ADD COLUMN files INTEGER;
    ALTER TABLE limits ADD COLUMN file_mb INTEGER;
    ALTER TABLE asks ADD COLUMN files TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE readings ADD COLUMN files TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE readings ADD COLUMN unsent TEXT NOT NULL DEFAULT '[]';
    """,
    # 19: when Quoth was connected to Discord last, so that it can answer what it missed
    """
    CREATE TABLE last_seen (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        moment REAL NOT NULL
    ) STRICT;
    """,
    # 21: whether a question in a channel opens a thread
    """
    ALTER TABLE preferences ADD COLUMN threads INTEGER;
    """,
    # 27: whether a reply chain goes on in its chat on Poe, which chat answered an ask, and whether that chat went on
    """
    ALTER TABLE preferences ADD COLUMN continue_chat INTEGER;
    ALTER TABLE asks ADD COLUMN chat TEXT NOT NULL DEFAULT '';
    ALTER TABLE readings ADD COLUMN chat TEXT NOT NULL DEFAULT '';
    """,
    # 28: whose standing instructions went into a prompt
    """
    ALTER TABLE readings ADD COLUMN instructions TEXT NOT NULL DEFAULT '';
    """,
    # 29: named as what it is
    """
    ALTER TABLE readings RENAME COLUMN instructions TO instructions_rule;
    """,
)
