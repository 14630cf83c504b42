# Denkwand. `make run` serves; `make test` runs everything.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

WEB := client/web

# ---- for people

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: build ## build and serve on http://localhost:8080, data in ./denkwand-data
	./bin/denkwand serve

build: web ## build bin/denkwand, the page in it
	@mkdir -p bin
	go build -trimpath -o bin/denkwand ./server/cmd/denkwand

web: $(WEB)/dist/index.html ## build the page

dev: build ## serve on :8080, and the page from its sources on :5173
	./bin/denkwand serve --public-url http://localhost:5173 & trap "kill $$!" EXIT; cd $(WEB) && npm run dev

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json $(WEB)/.npmrc
	cd $(WEB) && npm ci --no-audit --no-fund
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json $(shell find $(WEB)/src $(WEB)/public $(WEB)/scripts $(WEB)/index.html $(WEB)/vite.config.ts $(WEB)/svelte.config.js $(WEB)/tsconfig.json -type f)
	cd $(WEB) && npm run build

test: deps build ## everything: vet, unit, stories, contracts, sockets (race detector), exhaustive recovery, the page in Chromium
	go vet ./...
	CGO_ENABLED=1 go test -race -timeout 20m ./...
	$(MAKE) exhaustive
	go test -timeout 20m ./server/sim
	cd $(WEB) && npm test
	cd $(WEB) && npm run e2e

exhaustive: ## every truncation and every flipped bit of a small journal, segment, pack and snapshot (too slow for the race detector)
	go test -timeout 10m -run Exhaustive ./server/journal/local
	go test -timeout 10m -run 'Flip|Truncat' ./server/archive

lint: $(WEB)/node_modules/.package-lock.json ## formatting, vet, linters
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo 'run: gofmt -w .' >&2; exit 1; }
	go mod verify
	go tool -modfile=.ci/tools/go.mod staticcheck ./...
	cd $(WEB) && npm run check

generate: ## rewrite what is generated: TypeScript words, SPEC's tables, golden files (a test fails when they are not up to date)
	go run ./protocol/tsgen
	go test ./protocol -update

# ---- long campaigns

sim: ## the simulation over many seeds: make sim SEEDS=20000
	go test -count=1 -timeout 120m -run TestSimulation ./server/sim -seeds $(or $(SEEDS),20000)

fuzz: ## each fuzz target in turn: make fuzz FUZZTIME=60s
	@for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(or $(FUZZTIME),60s) $$pkg; \
	  done; \
	done

bench: build ## the first benchmark, beside a bare broadcaster
	./bin/denkwand bench

bench-web: build ## frames, long tasks and first paint of the page in headless Chromium
	cd $(WEB) && npm run bench

# ---- what a fresh machine lacks

# The race detector needs a C compiler, the page's tests a browser and its emoji, the journal's tests a Redis.
deps:
	@missing=""; command -v gcc >/dev/null || missing="$$missing gcc libc6-dev"; \
	test -x /usr/bin/chromium || missing="$$missing chromium"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	test -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf || missing="$$missing fonts-noto-color-emoji"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -y -q --no-install-recommends $$missing; \
	  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo apt-get update -q && sudo apt-get install -y -q --no-install-recommends $$missing; \
	  else echo "Missing:$$missing. Run: sudo apt-get install -y$$missing" >&2; exit 1; fi; \
	fi
	@node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' || { echo "Node 20 or later is needed for the page and for the protocol's stranger test" >&2; exit 1; }

clean: ## remove what was built
	rm -rf bin $(WEB)/dist/assets $(WEB)/dist/*.html*

.PHONY: help run build web dev test exhaustive lint generate sim fuzz bench bench-web deps clean
