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

HELM_VERSION := v4.3.1
HELM         := $(BIN)/helm-$(HELM_VERSION)

# Tests share one PostgreSQL (test/postgres), in memory where there is room; what is measured
# lies on the disk.
WITHPG := $(GO) run ./internal/tool/withpg -m --
ONDISK := $(GO) run ./internal/tool/withpg --
PACKAGES ?= ./...

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Compile everything, tests too
	$(GO) build $(PACKAGES)
	$(GO) vet $(PACKAGES)

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

RULES := policy/access policy/act
.PHONY: lint-policy
lint-policy: $(OPA)
	$(OPA) fmt --fail --list $(RULES)
	$(OPA) check --strict --schema policy/schema $(RULES)
	$(OPA) test $(RULES)
	$(OPA) test --coverage --threshold 100 $(RULES) >/dev/null

# Tests of the operator run against a real Kubernetes API server (test/controlplane). Where
# KUBEBUILDER_ASSETS names no folder that has it, it is fetched by setup-envtest where the
# network allows, else built, once, into ~/.cache/sala.
.PHONY: controlplane
controlplane: ## Fetch or build etcd and kube-apiserver for tests, once (4 to 10 minutes, 3 GB)
	$(GO) run ./internal/tool/controlplane

.PHONY: test
test: ## Run the tests; those that take long are left out
	$(WITHPG) $(GO) test -short -timeout 30m $(PACKAGES)

# The operations of two agencies on one small pool, and the identity of many issuers.
.PHONY: race
race: ## Run what runs at the same time under the race detector (needs a C compiler)
	$(WITHPG) $(GO) test -race -timeout 15m -run 'TestHundredAliases' ./test/scenario
	$(GO) test -race -timeout 15m ./services/identity/...

.PHONY: attack
attack: ## All attacks: the long races with and without the lock, and the proofs, of one seed
	$(WITHPG) $(GO) test -timeout 20m -run 'ChangesAtOnce|WithoutTheLock' ./test/attack
	$(WITHPG) $(GO) test -count 1 -v -timeout 20m ./test/proof -args -seed 1
	$(WITHPG) $(GO) test -count 1 -v -timeout 10m -run '^TestWithdrawalIsFinalInTwoPrograms$$' ./test/cli

# SEED=N runs the same again; TIMES says how many times as much as in attack.
SEED ?= 0
TIMES ?= 20
.PHONY: attack-long
attack-long: ## The proofs on many times more (TIMES=20, SEED=0 draws one)
	$(WITHPG) $(GO) test -count 1 -v -timeout 24h ./test/proof -args -seed $(SEED) -times $(TIMES)

.PHONY: faults
faults: ## Two programs on one PostgreSQL under 32 clients: killed, crashed, keys rotated
	$(GO) test -count 1 -v -timeout 10m -run '^TestFaults$$' ./test/cli

# Noise against its theory, and counts and rows beside Synthetic Data Showcase's published
# figures, on 20 tables instead of 3.
.PHONY: private
private: ## Measure differentially private counts and synthetic rows in full
	$(GO) test -count 1 -v -timeout 20m ./services/anonymity/noise ./services/anonymity/aggregate ./services/anonymity/synthetic

.PHONY: e2e
e2e: e2e-runbooks e2e-cluster ## The runbooks step by step, and both charts on a cluster where there is one

.PHONY: e2e-runbooks
e2e-runbooks: ## The runbooks of one server, and canaries through everything that Sala does
	$(GO) test -count 1 -timeout 15m ./test/e2e

# Both charts on a real cluster (test/cluster): the one that KUBECONFIG names, into which
# SALA_TEST_LOAD takes image archives in (`kind load image-archive`); else one that is made
# for it, where CLUSTER is a folder with the programs build and cluster, and this is root.
CLUSTER ?=
KUBE_HOME ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/sala-kube
ONCLUSTER := SALA_TEST_HELM=$(HELM) $(GO) test -count 1 -v -timeout 40m ./test/cluster
.PHONY: e2e-cluster
ifneq ($(KUBECONFIG),)
e2e-cluster: $(HELM) ## Both charts on the cluster of KUBECONFIG (SALA_TEST_LOAD loads images)
	SALA_TEST_CLUSTER=$(KUBECONFIG) $(ONCLUSTER)
else ifeq ($(and $(CLUSTER),$(wildcard $(CLUSTER)/cluster),$(shell id -u)),0)
e2e-cluster: $(HELM)
	@if $(CLUSTER)/build cluster && $(CLUSTER)/cluster up; then \
		ended=0; SALA_TEST_CLUSTER=$(KUBE_HOME)/cluster/kubeconfig SALA_TEST_LOAD="$(abspath $(CLUSTER))/cluster load" SALA_TEST_KUBECTL=$(KUBE_HOME)/bin/kubectl $(ONCLUSTER) || ended=$$?; \
		$(CLUSTER)/cluster down; exit $$ended; \
	else echo "e2e-cluster: NOT RUN: $(CLUSTER) starts no cluster on this machine"; $(CLUSTER)/cluster down; fi
else
e2e-cluster:
	@echo "e2e-cluster: skipped: KUBECONFIG names no cluster"
endif

# 500 agencies, each with a namespace, on a control plane with a controller manager and
# nodes that only say that pods run: CLUSTER is a folder with the programs build and kwok.
CROWD ?= 500
.PHONY: e2e-crowd
ifeq ($(and $(CLUSTER),$(wildcard $(CLUSTER)/kwok)),)
e2e-crowd: ## 500 agencies onboarded at once; says time, reconciles and memory
	@echo "e2e-crowd: skipped: CLUSTER names no folder with the program kwok"
else
e2e-crowd:
	@if $(CLUSTER)/build kwok && $(CLUSTER)/kwok up; then \
		ended=0; SALA_TEST_KUBECONFIG=$(KUBE_HOME)/kwok/kubeconfig $(GO) test -count 1 -v -timeout 30m -run '^TestMany$$' ./test/operator -agencies $(CROWD) || ended=$$?; \
		$(CLUSTER)/kwok down; exit $$ended; \
	else echo "e2e-crowd: NOT RUN: $(CLUSTER) starts no control plane on this machine"; $(CLUSTER)/kwok down; fi
endif

.PHONY: test-long
test-long: ## Run all tests, with the race detector
	$(WITHPG) $(GO) test -race -count=1 -timeout 60m $(PACKAGES)

# The page, the walls and the ledger on 100,000 cases (test/bench), then policy alone, then
# the search for a generalisation of up to a million rows.
# BENCH=smoke does the same on a few, to see that it runs.
BENCH ?= full
ifeq ($(BENCH),smoke)
MEASURE := -cases 300 -rounds 3
IMPORTS := 200,400
ONCE := -benchtime 1x
FEW := -short
else
MEASURE := -cases 100000 -rounds 20
IMPORTS := 2000,100000
endif
.PHONY: bench
bench: ## Measure on 100,000 cases; BENCH=smoke only tries
	$(ONDISK) $(GO) test -run '^TestMeasure$$' -count 1 -v -timeout 60m ./test/bench -args $(MEASURE)
	$(ONDISK) $(GO) test -run '^TestImportIsFlat$$' -count 1 -v -timeout 90m ./test/bench -args -rows $(IMPORTS)
	$(GO) test -run '^$$' -bench . -benchmem $(ONCE) -timeout 60m ./policy
	$(GO) test -run '^$$' -bench . -benchtime 1x $(FEW) -timeout 60m ./services/anonymity/lattice ./services/anonymity/auditor

# A change of policy under two servers and 32 clients (test/bench). APPLYCASES=2000 tries.
# PostgreSQL has the memory that a server with so many cases is given (docs/runbooks): its
# default is for a machine that does something else.
APPLYCASES ?= 100000
APPLYPG := $(GO) run ./internal/tool/withpg -c shared_buffers=1GB -c max_wal_size=4GB --
.PHONY: bench-policy
bench-policy: ## Change the policy of 100,000 cases while they are read
	$(APPLYPG) $(GO) test -run '^TestApply$$' -count 1 -v -timeout 60m ./test/bench -args -cases $(APPLYCASES)

# Sala over HTTP beside PostGraphile on the same cases (test/bench/peer; docs/performance.md).
# Node of a version that PostGraphile needs comes from npm as well: this needs npm and its
# registry, and Linux on x64 or arm64. Nothing of it is part of Sala, and CI does not run it.
PEER := $(BIN)/peer
PEERCASES ?= 100000
.PHONY: bench-peer
bench-peer: ## Measure beside PostGraphile, which is installed from npm (Linux; npm needed)
	@command -v npm >/dev/null || { echo "bench-peer needs npm, to install PostGraphile and Node 22 of package-lock.json into $(PEER): install npm first"; exit 1; }
	@case "$$(uname -sm)" in "Linux x86_64"|"Linux aarch64") ;; *) \
		echo "bench-peer runs on Linux on x64 or arm64 only: it reads processor time from /proc, and package.json names Node for these"; exit 1;; esac
	@mkdir -p $(PEER) && cp test/bench/peer/* $(PEER)/
	cd $(PEER) && npm ci --ignore-scripts --no-audit --no-fund || { \
		echo "bench-peer could not install PostGraphile 5 and Node 22: npm reaches no registry, or this system is none of theirs. Nothing was measured."; exit 1; }
	$(ONDISK) $(GO) test -run '^TestPeer$$' -count 1 -v -timeout 90m ./test/bench -args -cases $(PEERCASES) -rounds 10 -seconds 10 \
		-gc 100 -literal -peer $(PEER) -profile $(PEER)/sala.pprof

# An OCI layout, an archive to load and a list of what is in it, of each program. No
# container runtime is needed; PLATFORMS="linux/amd64 linux/arm64" makes both.
PLATFORMS ?= linux/amd64
.PHONY: images
images: ## Build the programs' container images into dist/images
	$(GO) run ./internal/tool/image -out dist/images -tag $$(awk '/^appVersion:/ {print $$2}' charts/sala/Chart.yaml) \
		$(foreach p,$(PLATFORMS),-platform $(p)) ./services/cmd/sala ./services/cmd/sala-region ./operator/cmd/sala-operator

DEMO := ./services/cmd/sala
.PHONY: demo
demo: ## Run the whole system with fictional agencies and cases
	$(GO) run $(DEMO) demo

.PHONY: demo-check
demo-check:
	$(GO) run $(DEMO) demo --check

.PHONY: ci
ci: ## Run all that must pass before a change is taken in
	$(GO) run ./internal/tool/ci build='$(MAKE) build' generated='$(MAKE) generated' lint='$(MAKE) lint' \
		controlplane='$(MAKE) controlplane' \
		test='$(MAKE) test' race='$(MAKE) race' attack='$(MAKE) attack' \
		faults='$(MAKE) faults' e2e='$(MAKE) e2e-runbooks' crowd='$(MAKE) e2e-crowd CROWD=60' cluster='$(MAKE) e2e-cluster' demo='$(MAKE) demo-check' bench='$(MAKE) bench BENCH=smoke'

.PHONY: tools
tools: $(GOLANGCI) $(OPA) $(HELM) ## Build the pinned tools into .bin/

$(GOLANGCI):
	@mkdir -p $(BIN)/new
	GOBIN=$(BIN)/new GOFLAGS= $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(BIN)/new/golangci-lint $@

# Helm is a program of its own here: what it links is not in go.mod.
$(HELM):
	@mkdir -p $(BIN)/new
	GOBIN=$(BIN)/new GOFLAGS=-trimpath CGO_ENABLED=0 $(GO) install -ldflags "-s -w" helm.sh/helm/v4/cmd/helm@$(HELM_VERSION)
	mv $(BIN)/new/helm $@

# OPA's version is the one of go.mod, so that the gate and the program agree.
$(OPA): go.mod
	$(GO) build -o $@ github.com/open-policy-agent/opa
