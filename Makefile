# Short names for what a developer does; ./check sets up everything that these need.
WORKERS = --numprocesses 6 --dist loadfile --no-loadscope-reorder

.PHONY: check quick test docs fix bench torture versions

check:
	./check

quick:
	./check --quick

test:
	./check $(WORKERS)

# The site: build/site/index.html. Its notebooks run on the virtual board meanwhile; a warning is an error.
docs:
	python3 -m tools.environment test
	python3 -m tools.boards micropython
	PATH="$(CURDIR)/.venv/bin:$$PATH" sphinx-build --fail-on-warning --keep-going --quiet docs build/site

fix:
	python3 -m tools.environment test
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

# BENCH=--quick only sees whether all of it works; else it fails where a figure misses its bar.
bench:
	python3 -m tools.environment test
	python3 -m tools.boards micropython wasm
	.venv/bin/python -m bench $(BENCH)

# The long form of the tests: many more examples for every property.
torture:
	./check $(WORKERS) --hypothesis-profile torture

# The tests with each Python that can be had, and with the oldest packages allowed. VERSIONS=3.14-newest runs one row.
versions:
	python3 -m tools.environment test
	python3 -m tools.boards micropython
	.venv/bin/python -m tools.versions $(VERSIONS)
