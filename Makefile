PY := .venv/bin/python
.DEFAULT_GOAL := help

.PHONY: help setup demo test quick lint types site bench outdated licences
## say what each target does
help: ; @awk '/^## /{text=substr($$0,4)} /^[a-z]+:/{split($$0,part,":"); printf "make %-9s %s\n",part[1],text; text=""}' Makefile
## install zhyper and what tests and documents need into .venv
setup: .venv/ready
.venv/core: pyproject.toml constraints.txt
	@echo "installing zhyper with PyTorch and Transformers into .venv: 1.6 GB, which takes some minutes"
	@test -x $(PY) || python3 -m venv .venv
	@$(PY) -m pip install -q -c constraints.txt -e . && touch $@
.venv/ready: .venv/core
	@echo "installing what tests and documents need"
	@$(PY) -m pip install -q -c constraints.txt -e '.[dev]' && touch $@
## install zhyper into .venv and show its main job: seven descriptions, one adapter
demo: .venv/core ; $(PY) examples/demo.py
## run all tests, which takes a while, on up to four cores
test: setup ; $(PY) -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal
## run for a minute the tests of what differs from the last commit
quick: setup ; $(PY) dev/quick.py
## check the style of the code, and its format
lint: setup ; $(PY) -m ruff check . && $(PY) -m ruff format --check .
## check the types by mypy
types: setup ; $(PY) -m mypy
## build the documents as a site, and fail at a broken link
site: setup ; $(PY) -m zensical build --strict --clean
## measure the speed of conditioning, training and start-up, on a quiet machine
bench: setup ; for b in conditioning training startup; do $(PY) benchmarks/$$b.py || exit 1; done
## list the dependencies of which there are newer versions
outdated: setup ; $(PY) dev/outdated.py
## write the page of licences from what is installed
licences: setup ; $(PY) dev/licences.py
