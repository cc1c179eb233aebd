# The front door. `make help` lists what there is.

BUILD ?= build
CXX_COMPILER ?= clang++-19
C_COMPILER ?= clang-19
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 20
LINT ?= 'src/*.cpp' 'tests/unit/*.cpp'
CONFIGURE = cmake -G Ninja -S . -DCMAKE_CXX_COMPILER=$(CXX_COMPILER) -DCMAKE_C_COMPILER=$(C_COMPILER)
# A build in another clone finds what this one has compiled.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
SOURCES = $(shell git ls-files '*.cpp' '*.h')

.PHONY: help deps build demo lab test bench web web-test format format-check lint fuzz asan tsan gcc docs clean

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

deps: ## Install the Debian packages that are missing
	@tools/deps.sh

build: deps ## Build build/assay and the tests
	@$(CONFIGURE) -B $(BUILD) -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
	@ninja -C $(BUILD) -j $(JOBS)

$(BUILD)/assay-only: deps
	@$(CONFIGURE) -B $(BUILD) -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
	@ninja -C $(BUILD) -j $(JOBS) assay
.PHONY: $(BUILD)/assay-only

demo: $(BUILD)/assay-only ## Raise the lab, scan its apps, print the report, write demo-report.html
	@ASSAY=$(BUILD)/assay lab/demo.sh

lab: deps ## Raise the lab and keep it up until Ctrl-C
	@python3 lab/lab.py up

test: build ## The whole suite: unit tests, cases, end to end
	@cd $(BUILD) && ctest --output-on-failure --no-tests=error

bench: deps ## Benchmarks: ratios against peers and the machine's limit (docs/benchmarks.md)
	@$(CONFIGURE) -B $(BUILD)-bench -DCMAKE_BUILD_TYPE=Release -DASSAY_BENCH=ON >/dev/null
	@ninja -C $(BUILD)-bench -j $(JOBS)
	@bench/run.py --build $(BUILD)-bench

web/node_modules/.package-lock.json: web/package-lock.json
	@cd web && npm ci --silent

web: web/node_modules/.package-lock.json ## Build the dashboard into web/dist (docs/dashboard.md)
	@cd web && npm run --silent build

web-test: web $(BUILD)/assay-only ## The dashboard's tests: its logic, every page in a browser, and a real server
	@cd web && npm run --silent test && npm run --silent test:browser && ASSAY=$(abspath $(BUILD))/assay npm run --silent test:real

format: deps ## Format the sources
	@clang-format-19 -i $(SOURCES)

format-check: deps
	@clang-format-19 --dry-run -Werror $(SOURCES)

lint: deps ## clang-tidy and the linter of the API's document; warnings are errors
	@tools/openapi/lint.sh
	@$(CONFIGURE) -B $(BUILD) -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
	@tools/lint.sh $(BUILD) $(LINT)

# One build for both: instrumenting twice costs as much as everything else.
ASAN = $(CONFIGURE) -B $(BUILD)-asan -DCMAKE_BUILD_TYPE=Debug -DASSAY_SANITIZE=address,undefined -DASSAY_FUZZ=ON >/dev/null

fuzz: deps ## Each fuzz target for FUZZ_SECONDS
	@$(ASAN)
	@ninja -C $(BUILD)-asan -j $(JOBS) fuzzers
	@tools/fuzz.sh $(BUILD)-asan $(FUZZ_SECONDS)

asan: deps ## Unit tests under ASan+UBSan
	@$(ASAN)
	@ninja -C $(BUILD)-asan -j $(JOBS) unit_tests
	@cd $(BUILD)-asan && ctest --output-on-failure --no-tests=error -LE e2e

# A network loop belongs to one thread; what threads share is tried through scan, fleet and ledger.
tsan: deps ## What threads share, under TSan
	@$(CONFIGURE) -B $(BUILD)-tsan -DCMAKE_BUILD_TYPE=Debug -DASSAY_SANITIZE=thread >/dev/null
	@ninja -C $(BUILD)-tsan -j $(JOBS) test_scan test_fleet test_ledger
	@cd $(BUILD)-tsan && ctest --output-on-failure --no-tests=error -R '^(scan|fleet|ledger)$$'

gcc: deps ## The tests of the coroutines built by g++-12, which miscompiles some
	@cmake -G Ninja -S . -B $(BUILD)-gcc -DCMAKE_CXX_COMPILER=g++-12 -DCMAKE_C_COMPILER=gcc-12 -DCMAKE_BUILD_TYPE=Debug >/dev/null
	@ninja -C $(BUILD)-gcc -j $(JOBS) test_net test_scan
	@cd $(BUILD)-gcc && ctest --output-on-failure --no-tests=error -R '^(net|scan)$$'

docs: $(BUILD)/assay-only ## Write the generated pages: docs/requirements.md and docs/assay.1
	@tools/docs.py $(BUILD)/assay

clean: ## Remove every build directory
	@rm -rf $(BUILD) $(BUILD)-bench $(BUILD)-asan $(BUILD)-tsan $(BUILD)-gcc
