# Sala's commands. `make` lists them. The tools are built from pinned versions into
# .bin/ when they are first needed; what else is needed is Go, git, a shell and
# PostgreSQL 15 or newer (on Debian, as root, the tests install it).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The version stamp needs a trusted git folder, which a container often lacks.
export GOFLAGS ?= -buildvcs=false

GO  ?= go
BIN := $(CURDIR)/.bin

GOLANGCI_VERSION := v2.15.0
GOLANGCI := $(BIN)/golangci-lint-$(GOLANGCI_VERSION)
OPA      := $(BIN)/opa

# Tests share one PostgreSQL (test/postgres).
WITHPG := $(GO) run ./internal/tool/withpg --
PACKAGES ?= ./...

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Compile everything, tests too
	$(GO) build $(PACKAGES)
	$(GO) vet -vettool=/bin/true $(PACKAGES) 2>/dev/null || $(GO) test -run '^$$' -count=1 -exec /bin/true $(PACKAGES) >/dev/null

.PHONY: generate
generate: ## Write the generated code and documents anew
	$(GO) generate $(PACKAGES)

.PHONY: generated
generated: ## Check that the generated files are current
	$(GO) run ./internal/tool/current $(MAKE) generate

.PHONY: lint
lint: lint-format lint-go lint-policy ## Check format, code and policy

.PHONY: lint-format
lint-format:
	@bad=$$(gofmt -l $$(git -c safe.directory='*' ls-files '*.go')); \
	if [ -n "$$bad" ]; then echo "not formatted; run gofmt -w on:"; echo "$$bad"; exit 1; fi

.PHONY: lint-go
lint-go: $(GOLANGCI)
	$(GO) vet $(PACKAGES)
	$(GOLANGCI) run $(PACKAGES)

.PHONY: lint-policy
lint-policy: $(OPA)
	@if [ -z "$$(find policy -name '*.rego' 2>/dev/null)" ]; then \
		echo "lint-policy: there is no policy yet; nothing is checked"; \
	else \
		set -ex; \
		$(OPA) fmt --fail --list policy/; \
		$(OPA) check --strict $$(test -d policy/schema && echo --schema policy/schema) policy/; \
		$(OPA) test --coverage --threshold 100 policy/ >/dev/null; \
	fi

.PHONY: test
test: ## Run the tests; those that take long are left out
	$(WITHPG) $(GO) test -short -timeout 15m $(PACKAGES)

.PHONY: test-long
test-long: ## Run all tests, with the race detector
	$(WITHPG) $(GO) test -race -count=1 -timeout 60m $(PACKAGES)

# BENCH=smoke runs each benchmark once, to see that it runs; anything else
# measures those whose name it matches.
BENCH ?= .
.PHONY: bench
bench: ## Measure; BENCH=smoke only tries, BENCH=name selects
ifeq ($(BENCH),smoke)
	$(WITHPG) $(GO) test -short -run '^$$' -bench . -benchtime 1x -timeout 10m $(PACKAGES)
else
	$(WITHPG) $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count 5 -timeout 60m $(PACKAGES)
endif

DEMO := ./services/cmd/sala
.PHONY: demo
demo: ## See three agencies look at one case
	$(GO) run $(DEMO) demo

.PHONY: demo-check
demo-check:
	@if [ -d $(DEMO) ]; then $(GO) run $(DEMO) demo --check; \
	else echo "demo-check: there is no $(DEMO) yet; nothing is checked"; fi

.PHONY: ci
ci: ## Run all that must pass before a change is taken in
	$(GO) run ./internal/tool/ci build='$(MAKE) build' generated='$(MAKE) generated' lint='$(MAKE) lint' \
		test='$(MAKE) test' demo='$(MAKE) demo-check' bench='$(MAKE) bench BENCH=smoke'

.PHONY: tools
tools: $(GOLANGCI) $(OPA) ## Build the pinned tools into .bin/

$(GOLANGCI):
	@mkdir -p $(BIN)/new
	GOBIN=$(BIN)/new GOFLAGS= $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(BIN)/new/golangci-lint $@

# OPA's version is the one of go.mod, so that the gate and the program agree.
$(OPA): go.mod
	$(GO) build -o $@ github.com/open-policy-agent/opa
