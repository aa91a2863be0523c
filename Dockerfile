# syntax=docker/dockerfile:1
# Two images: `--target browser` asks Poe through Chromium, `--target api` through Poe's API and is much smaller.
# See docs/operating.md.

ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements-run.lock ./
RUN python3 -m venv /opt/quoth \
    && /opt/quoth/bin/pip install --quiet --require-hashes --requirement requirements-run.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY cogs cogs
COPY storage storage
RUN /opt/quoth/bin/pip install --quiet --no-deps --no-build-isolation .

FROM ${BASE} AS common
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /home/quoth --shell /usr/sbin/nologin quoth \
    && install -d -o quoth -g quoth -m 0700 /data /profile
COPY --from=build /opt/quoth /opt/quoth
LABEL org.opencontainers.image.title="Quoth" \
    org.opencontainers.image.description="A Discord bot with which a server asks any model on Poe" \
    org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/quoth/bin:$PATH \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_PATH=/data/quoth.sqlite3 \
    POE_PROFILE_DIR=/profile/chromium \
    HEALTH_ADDRESS=127.0.0.1:9464
WORKDIR /data
VOLUME ["/data", "/profile"]
STOPSIGNAL SIGTERM
# `quoth health` by its module, which starts faster.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python3", "-P", "-m", "bot.cli.health"]
ENTRYPOINT ["tini", "--", "quoth"]
CMD ["run"]

FROM common AS api
ENV POE_BACKEND=api
USER 10001:10001

FROM common AS browser
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-noto-core fonts-noto-cjk \
        fonts-noto-color-emoji novnc websockify x11vnc xvfb \
    && rm -rf /var/lib/apt/lists/*
COPY --chmod=0755 deploy/login-in-a-browser /usr/local/bin/login-in-a-browser
# In a container Chromium can't make a sandbox of its own, and Docker gives too little of /dev/shm.
ENV POE_BROWSER=/usr/bin/chromium \
    POE_DRIVER=/usr/bin/chromedriver \
    POE_BROWSER_ARGS="--no-sandbox --disable-dev-shm-usage"
USER 10001:10001
