"""Install the wheel with each extra alone into an environment of its own, and run there what it promises.

`python dev/check_extras.py [EXTRA …]`; "core" is zhyper without any. What zhyper alone requires, 1.6 GB, is
installed once, into the folder of `--core`, and seen by the others; a folder that is there is used as it is.
With `--sbom FOLDER` it writes there what each environment holds, as CycloneDX; that wants
`pip install cyclonedx-bom`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TINY = "--set base=base --set encoder=last-token --set steps=1 --set batch_size=2 --set selection_rows=2"
TINY += " --set samples=0 --set data=collection:tasks"
CHECKS = {
    "core": f"""
        zhyper ask hello --as "Be brief." -n 2 --checkpoint tiny
        zhyper train zhyper-diag --out run {TINY}
        zhyper adapt "Be brief." --checkpoint tiny --out peft
        zhyper adapt "Be brief." --checkpoint tiny --format merged --out merged
    """,
    "data": """
        columns='{"input": ["a", "b", "c", "d"], "output": ["b", "c", "d", "e"]}'
        python -c "import pyarrow as a, pyarrow.parquet as p; p.write_table(a.table($columns), 'a.parquet')"
        zhyper data build 'table:a.parquet?description=Say the next letter.' --out letters
        python -c "import datasets, json_repair, zstandard"
        describe="zhyper data describe collection:letters --model m --out texts.jsonl"
        $describe --url http://127.0.0.1:9/v1 > said 2>&1 && exit 1
        grep -i connect said
    """,
    "evaluate": """
        zhyper evaluate tiny --suite chat --rows 1 --condition matched --condition base --out report
        ls report/report.html report/plots/*.svg
        mkdir -p rows/boolq
        row='{"query": "Passage: It is.\\nQuestion: is it?", "choices": ["no", "yes"], "gold": 1}'
        echo "$row" > rows/boolq/test.jsonl
        zhyper evaluate tiny --suite choices --data rows --rows 1 --only boolq --out choices
        python -c "from rouge_score.rouge_scorer import RougeScorer as R; R(['rougeL'], use_stemmer=True)"
    """,
    "serve": """
        zhyper serve --checkpoint tiny --port 8765 --bank bank & server=$!
        trap "kill $server" EXIT
        python - <<'EOF'
import json, time, urllib.request
body = {"model": "zhyper", "prompt": "hello", "context": "Be brief.", "max_tokens": 2}
request = urllib.request.Request("http://127.0.0.1:8765/v1/completions", json.dumps(body).encode(),
                                 {"content-type": "application/json"})
for _ in range(300):
    try:
        print(json.load(urllib.request.urlopen(request))["usage"])
        break
    except urllib.error.URLError:
        time.sleep(1)
else:
    raise SystemExit("no answer")
EOF
        zhyper bank info bank
    """,
    "vllm": """
        python -m zhyper.serve.vllm
        python -c "from importlib.metadata import entry_points
print(*(entry_points(group=f'vllm.{kind}_plugins')['zhyper'].load() for kind in ('general', 'endpoint')))
import zhyper.bank, zhyper.serve.vllm._adapters"
    """,
    "quantise": f"""
        zhyper train zhyper-diag --out run {TINY} --set base=smollm2-135m --set encoder=all-MiniLM-L6-v2 \
            --set base_bits=4
    """,
    "sweep": f"zhyper sweep zhyper-diag --out sweep --grid rank=2,3 {TINY}",
    "postgres": """
        python -c "from zhyper.bank import Bank, Catalogue; from zhyper.bank._database import connect
connect('postgresql+psycopg://nobody@127.0.0.1:9/none').connect()" > said 2>&1 && exit 1
        grep "OperationalError.*connection failed" said
    """,
    "docs": f"cp -r {ROOT}/docs {ROOT}/src {ROOT}/zensical.toml . && zensical build --strict",
}
"""What an extra promises, as bash; `tiny` is a checkpoint with the base `base`."""


def site(environment: Path) -> Path:
    """The folder of an environment's packages."""
    return next(environment.glob("lib/python*/site-packages"))


def install(environment: Path, *words: str, python: str) -> None:
    """Make an environment, if it is not there, and install into it."""
    if not environment.exists():
        subprocess.run([python, "-m", "venv", environment], check=True)
    subprocess.run([environment / "bin" / "pip", "install", "-q", *words], check=True)


def check(extra: str, wheel: Path, core: Path, work: Path, given: argparse.Namespace) -> bool:
    """Whether an extra does what it promises; what it said is printed if not."""
    environment, place = work / f"venv-{extra}", work / extra
    subprocess.run([given.python, "-m", "venv", environment], check=True)
    (site(environment) / "core.pth").write_text(str(site(core)))
    wanted = wheel if extra == "core" else f"{wheel}[{extra}]"
    install(environment, "-c", str(ROOT / "constraints.txt"), str(wanted), python=given.python)
    if given.sbom:
        words = ["environment", environment / "bin" / "python", "--pyproject", ROOT / "pyproject.toml"]
        given.sbom.mkdir(parents=True, exist_ok=True)
        file = given.sbom / f"{extra}.cdx.json"
        subprocess.run(
            [sys.executable, "-m", "cyclonedx_py", *words, "--output-reproducible", "-o", file], check=True
        )
    place.mkdir()
    for name in ("base", "tiny", "tasks"):
        (place / name).symlink_to(work / name)
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", CHECKS[extra]],
        cwd=place,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(extra, "works" if done.returncode == 0 else f"FAILS\n{done.stdout}", flush=True)
    return done.returncode == 0


def main() -> None:
    """Check the extras that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extras", nargs="*", metavar="EXTRA", help=", ".join(CHECKS))
    parser.add_argument("--core", type=Path, help="an environment with what zhyper alone requires")
    parser.add_argument("--sbom", type=Path, metavar="FOLDER", help="for a bill of materials of each extra")
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    if unknown := set(given.extras) - set(CHECKS):
        parser.error(f"no extra is called {', '.join(sorted(unknown))}")
    sys.path.insert(0, str(ROOT / "tests"))
    from conftest import byte_tokenizer, letters, tiny_base
    from evaluations import checkpoint
    from zhyper.data import save_collection

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        base = tiny_base()
        base.config.max_position_embeddings = 1024  # evaluations ask for long answers
        base.save_pretrained(work / "base")
        byte_tokenizer().save_pretrained(work / "base")
        checkpoint(work, "tiny")
        save_collection([letters("first", 0), letters("last", -1)], work / "tasks")
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", work], cwd=ROOT, check=True
        )
        (wheel,) = work.glob("*.whl")
        core = (given.core or work / "core").absolute()
        if not core.exists():
            install(core, "-c", str(ROOT / "constraints.txt"), str(wheel), python=given.python)
            subprocess.run([core / "bin" / "pip", "uninstall", "-q", "-y", "zhyper"], check=True)
        worked = [check(extra, wheel, core, work, given) for extra in given.extras or CHECKS]
    sys.exit(not all(worked))


if __name__ == "__main__":
    main()
