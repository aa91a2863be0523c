# One command each. Everything runs in .venv, installed from the hashes in requirements.lock.
PYTHON ?= python3
BIN := .venv/bin

# A shell or Windows may have variables of these names for itself.
given = $(or $(filter command,$(origin $(1))),$(and $(ASK),$($(1))))

.DEFAULT_GOAL := help
.PHONY: help install check test test-grid pytest demo bench soak lock pictures sentences docs

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## install Quoth and a browser into .venv

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv || (rm -rf .venv; apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m bot.cli.install_browser
	touch $@

demo: install ## try Quoth without a token: PORT=9000, BACKEND=api, or ASK=model PROMPT="..." for one question
	@exec $(BIN)/python -m sandbox $(if $(PORT),--port "$$PORT") $(if $(BACKEND),--backend "$$BACKEND") $(if $(ASK),--ask "$$ASK") $(if $(call given,PROMPT),--prompt "$$PROMPT")

test: install ## run every check and test
	@$(MAKE) --no-print-directory --jobs 2 check pytest

check: install ## lint, check types, the Dockerfile, compose.yaml and the systemd unit
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --warnings
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	deploy/check

XVFB := command -v xvfb-run >/dev/null || (apt-get update -qq && apt-get install -y -qq xvfb xauth)

# Browsers' profiles and databases are in memory where there is room for them: a disk's writes cost a tenth of the time.
MEMORY := /dev/shm
ROOM := [ -w $(MEMORY) ] && [ "$$(df -Pm $(MEMORY) | awk 'END {print $$4}')" -gt 2000 ]

pytest: export PYTHONDONTWRITEBYTECODE :=
pytest: install ## run the tests alone
	-@$(XVFB)
	@$(BIN)/python -m pytest --collect-only --quiet >/dev/null 2>&1 || true  # compile once, not in each process
	@if $(ROOM); then export TMPDIR=$(MEMORY); fi; $(BIN)/python -m pytest --numprocesses 6 --dist worksteal

test-grid: install ## run the tests with a real Selenium Grid (installs Java)
	@$(XVFB)
	@command -v java >/dev/null || (apt-get update -qq && apt-get install -y -qq openjdk-17-jre-headless)
	$(BIN)/python -m pytest -m grid tests/grid

bench: install ## measure the figures of docs/benchmarks.md (ten minutes): ONLY=poe, api, reply, first_text, markdown, history, preferences, queue, grid, media, operation, scale
	$(BIN)/python -m benchmarks $(if $(ONLY),--only "$$ONLY")

soak: install ## ask, cancel and break things at random: MINUTES=30 SEED=1
	$(BIN)/python -m benchmarks.soak $(if $(MINUTES),--minutes "$$MINUTES") $(if $(SEED),--seed "$$SEED")

sentences: install ## update the translation catalogues after a change of what Quoth says
	$(BIN)/python -m tests.support.sentences

docs: install ## update docs/commands.md and docs/markdown.md after a change of commands or Markdown
	$(BIN)/python -m tests.support.command_reference
	$(BIN)/python -m tests.support.dialects

pictures: install ## take the README's pictures (with fonts for emoji and CJK)
	test "$$(fc-list | grep -iE -c 'emoji|noto.*cjk')" -gt 1 || apt-get install -y -qq fonts-noto-color-emoji fonts-noto-cjk
	QUOTH_PICTURES=docs $(BIN)/python -m pytest tests/walk/test_demo_page.py -k newcomer

COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-annotate --no-header --quiet

lock: ## update the two lock files after a change of dependencies (needs uv)
	$(COMPILE) --extra dev --output-file requirements.lock
	$(COMPILE) --extra api --extra build --constraint requirements.lock \
	    --output-file requirements-run.lock
