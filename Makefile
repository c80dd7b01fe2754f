# Two commands matter: `make serve` and `make test`. Both install what they miss (scripts/setup.sh).
.DEFAULT_GOAL := help
.PHONY: help serve dev dist test setup clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: ## build the page quickly and serve it on http://127.0.0.1:8080/ (PORT=… for another)
	@command -v node >/dev/null || scripts/setup.sh
	@exec node scripts/serve.mjs

dev: ## build unoptimised, serve on http://127.0.0.1:8080/, rebuild and reload on every change
	@scripts/build.sh dev

dist: ## static files in dist/: relative paths, for any host and any sub-path, with .br and .gz beside them
	@scripts/build.sh dist

test: ## everything: formatting, lints, native tests, the page as deployed, browser tests; ends in "N passed, N failed"
	@scripts/test.sh

setup: ## only install what is missing
	@scripts/setup.sh test

clean: ## remove what was built (not the tools)
	rm -rf dist vendor test-results
	cargo clean
