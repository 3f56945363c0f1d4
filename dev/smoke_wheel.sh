#!/usr/bin/env bash
# Install the wheel into a new environment outside the repository, and ask and adapt there. What zhyper requires is installed
# too, 1.6 GB; with PACKAGES=FOLDER it is taken from there, a folder of site-packages.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(command -v "${PYTHON:-.venv/bin/python}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH

"$python" -m hatchling build -t wheel -d "$work/dist"
"$python" -m venv "$work/venv"
if [ -n "${PACKAGES:-}" ]; then
  "$work/venv/bin/pip" install -q --no-deps "$work"/dist/*.whl
  "$work/venv/bin/pip" uninstall -q -y setuptools # an old one would hide the one that is there
  echo "$PACKAGES" > "$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/others.pth"
else
  "$work/venv/bin/pip" install -q "$work"/dist/*.whl
fi

mkdir "$work/elsewhere"
cd "$work/elsewhere"
export PATH="$work/venv/bin:$PATH"
place=$(python -c 'import zhyper; print(zhyper.__file__)')
case $place in "$work"/venv/*) ;; *) echo "zhyper was imported from $place"; exit 1 ;; esac
zhyper --version
zhyper doctor
eval "$(zhyper --show-completion)"
COMP_WORDS=(zhyper ada) COMP_CWORD=1
_zhyper_completion zhyper
test "${COMPREPLY[*]}" = adapt
zhyper ask elephant --as "What is the plural?" -n 8 --json > answer.json
python -c 'import json; answer = json.load(open("answer.json"))["answers"][0]["answer"]; assert answer == "elephants", answer'
zhyper adapt "Talk like a pirate." --out pirate
test -s pirate/adapter_model.safetensors
zhyper info pirate
echo "the wheel works"
