# One command each: install, check, test, demo. Everything runs in .venv, from hashes in requirements.lock.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install check test pytest demo bench soak lock picture sentences

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv || (rm -rf .venv; apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m bot.cli.install_browser
	touch $@

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --warnings

# Types are checked beside the tests, which mostly wait for browsers.
test: install
	@$(MAKE) --no-print-directory --jobs 2 check pytest

pytest: install
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile

# make demo            a page, until Ctrl-C; PORT= chooses where
# make demo ASK=GPT-3.5-Turbo PROMPT="..."   one ask without the page
demo: install
	@$(BIN)/python -m sandbox $(if $(PORT),--port "$$PORT") $(if $(ASK),--ask "$$ASK") $(if $(PROMPT),--prompt "$$PROMPT")

# Measures Quoth and writes docs/benchmarks.md: some ten minutes on a machine that does nothing else.
# ONLY=poe, reply, history, preferences or queue measures one subject.
bench: install
	$(BIN)/python -m benchmarks $(if $(ONLY),--only "$$ONLY")

# Random asks, cancellations, crashes and noise for MINUTES= (30); SEED= repeats an earlier soak.
soak: install
	$(BIN)/python -m benchmarks.soak $(if $(MINUTES),--minutes "$$MINUTES") $(if $(SEED),--seed "$$SEED")

# After a change of dependencies in pyproject.toml; needs uv.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra dev --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock

# The README's picture, as the tests' own browser sees it.
picture: install
	QUOTH_PICTURE=docs/demo.png $(BIN)/python -m pytest tests/walk/test_demo_page.py

# After a change of what Quoth says: new sentences go into the catalogues of bot/i18n/locales, to be translated there.
sentences: install
	$(BIN)/python -m tests.support.sentences
