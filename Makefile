PY := .venv/bin/python

.PHONY: setup demo test lint types site bench
setup: .venv/ready
.venv/core: pyproject.toml constraints.txt
	@echo "installing zhyper with PyTorch and Transformers into .venv: 1.6 GB, which takes some minutes"
	@test -x $(PY) || python3 -m venv .venv
	@$(PY) -m pip install -q -c constraints.txt -e . && touch $@
.venv/ready: .venv/core
	@echo "installing what tests and documents need"
	@$(PY) -m pip install -q -c constraints.txt -e '.[dev]' && touch $@
demo: .venv/core ; $(PY) examples/demo.py
test: setup ; $(PY) -m pytest
lint: setup ; $(PY) -m ruff check . && $(PY) -m ruff format --check .
types: setup ; $(PY) -m mypy
site: setup ; $(PY) -m zensical build --strict --clean
bench: setup ; for b in conditioning training; do $(PY) benchmarks/$$b.py || exit 1; done
