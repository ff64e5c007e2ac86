# Short names for what .ci/ does; nothing lives only here.
.PHONY: setup dev demo test lint types lock clean
setup: ; .ci/setup
dev:   ; .ci/setup --dev
demo:  setup ; .venv/bin/anyqta demo
test:  ; .ci/test
lint:  ; .venv/bin/ruff format . && .venv/bin/ruff check --fix . && .venv/bin/lint-imports
types: ; .venv/bin/mypy
lock:  ; .ci/lock --upgrade
clean: ; rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
