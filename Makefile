# Orienta. `make` alone lists what can be done.
.DEFAULT_GOAL := help
.PHONY: help setup run chat train test check lint types imports validate locales bench scorecard picture lock
BIN := .venv/bin

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: console/assets/node_modules ## make the locked environment (.venv); every command does it by itself
	@scripts/setup.sh

run: setup ## start everything: assistant, action server, console and web chat, outbox; Telegram with TELEGRAM_TOKEN
	@$(BIN)/orienta run

chat: setup ## the same assistant in the terminal
	@$(BIN)/orienta chat

train: setup ## train the model when something changed
	@$(BIN)/orienta train

test: setup train tests/emulator/node_modules check ## all tests
	@$(BIN)/pytest --numprocesses 2 --dist loadfile

check: lint types imports ## style, types, import rule

lint: setup ## ruff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy, strict on our packages
	@$(BIN)/mypy

imports: setup ## imports run one way (import-linter)
	@$(BIN)/lint-imports

validate: setup ## Rasa's own check of the training data
	@$(BIN)/rasa data validate --fail-on-warnings

locales: setup ## bring the translation catalogues up to date with the English texts
	@$(BIN)/orienta i18n update

bench: setup ## side by side with a stock Rasa assistant (about 25 minutes), results in bench/results/
	@$(BIN)/python -m bench

scorecard: setup ## train, ask the held-out messages, write docs/scorecard.md
	@$(BIN)/python scripts/scorecard.py

picture: setup ## the README's picture, from a real chat
	@$(BIN)/python scripts/picture.py

lock: setup ## resolve requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --python-version 3.10 --generate-hashes --no-header --no-emit-index-url -o requirements.lock

# npm packages, of which nothing lies in the repository: the pages' style, the tests' Telegram emulator.
%/node_modules: %/package-lock.json
	@if command -v npm >/dev/null; then cd $* && npm ci --silent --ignore-scripts; else echo "npm not found: $* is left out"; fi
