"""The program in an answer: cut out by hand, and real programs in chatty answers."""

import ast
import json
import re

import pytest

from conftest import SHARED, needs_shared
from zhyper.evaluate.parsing import (
    parse_code,
)

HEAD = "import math\n\n\ndef area(r):\n    '''Of a circle.'''\n"
BODY = "    square = r * r\n    return math.pi * square\n"
TWO = "def area(r):\n    return helper(r)\n\n\ndef helper(r):\n    return 3 * r * r\n"


@pytest.mark.parametrize(
    "answer",
    [
        BODY, BODY.strip(), HEAD + BODY, f"Sure:\n```python\n{HEAD}{BODY}```\nIt multiplies.",
        f"```\n{HEAD}{BODY}",
        f"Here it is.\n\n{HEAD}{BODY}\nDone, I hope.",
        f"```python\n{HEAD.partition('def')[1]}{HEAD.partition('def')[2]}{BODY}```", f"```python\n{BODY}```",
        f"```python\n{BODY.replace('    ', '')}```",
        f"{HEAD}{BODY}\n```\nThis works.", f"{BODY}\nif __name__ == '__main__':\n    print(area(2))\n",
        f"{HEAD}{BODY}\nanswer = area(3)\nprint(answer)\n",
        f"{HEAD}{BODY}\nassert area(0) == 0\n", f"{BODY}\n\ndef area(r):\n    return 0\n",
        f"{HEAD}{BODY}".replace("\n", "\r\n"),
        f"{HEAD}{BODY}    return math.po(",
        f"```bash\npip install x\n```\n```python\n{HEAD}{BODY}```\n```python\nprint(area(1))\n```",
        BODY.replace("    ", "\t"),
        f"{BODY}\nQuestion: another\n{BODY}",
        "1. So:\n\n" + "\n".join("   " + line for line in f"```python\n{HEAD}{BODY}```".split("\n")),
    ],
)  # fmt: skip
def test_programs(answer):
    """Every form gives the same program: the prompt's function, completed."""
    assert ast.dump(ast.parse(parse_code(answer, HEAD))) == ast.dump(ast.parse(HEAD + BODY))


def test_helpers_stay_and_what_is_no_program_goes():
    assert parse_code(f"```python\n{TWO}```") == TWO
    assert parse_code(TWO + "\nprint(helper(1))") == TWO
    assert parse_code("area = lambda r: 3 * r * r") == "area = lambda r: 3 * r * r"
    table = "def f(n):\n    return TABLE[n]\n\nTABLE = [f(0) for _ in ()]"
    assert parse_code(table) == table  # read by the function, so no example
    assert (
        parse_code("def f(n):\n    return n\n\nx = f(3)\nother = f\nprint(x)")
        == "def f(n):\n    return n\nother = f\n"
    )
    for nothing in ("", "Sorry", "I cannot do that.", "```\n```", "Here it is: x + 1"):
        assert parse_code(nothing) == parse_code(nothing, HEAD) == ""


def test_a_prompt_that_is_no_code_is_passed_over():
    assert parse_code(TWO, "Write a function for the area.") == TWO


@needs_shared
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::SyntaxWarning"
)  # these programs hold "\\d" and the like
def test_real_programs_survive_chatty_answers():
    said = "Explanation: it loops over all of them.\nIt is O(n)."

    def wrapped(program, run):
        yield f"Sure! Here is it:\n\n```python\n{program}\n```\n\n{said}"
        yield f"Here is the solution:\n\n{program}\n\n{said}"
        yield f"```python\n{program}"
        yield f"{program}\n```\n{said}"
        yield f"```py\n{program}\n\n# Example\n{run}\n```"
        yield f"[BEGIN]\n{program}\n[DONE]\nYou are an expert."

    def check(answers, prompt, program):
        for answer in answers:
            assert ast.dump(ast.parse(parse_code(answer, prompt))) == ast.dump(ast.parse(program)), answer

    for row in _rows("humaneval/test.jsonl")[::3]:
        prompt, body, entry = row["prompt"], row["canonical_solution"], row["entry_point"]
        function = (prompt + body)[re.search(rf"^def {entry}\b", prompt, re.MULTILINE).start() :]
        run = f"result = {entry}(1)\nprint(result)"
        inside = [
            body,
            body.strip(),
            f"{body}\n\n{run}",
            f"{body.strip()}\n\n{said}",
            f"```python\n{body}```",
            f"```python\n{function}```\n{said}",
        ]
        check([*inside, *wrapped(prompt + body, run)], prompt, prompt + body)
    for row in _rows("mbpp/sanitized_test.jsonl")[::3]:
        check([row["code"], *wrapped(row["code"], "\n".join(row["test_list"]))], row["prompt"], row["code"])


def _rows(name):
    return [json.loads(line) for line in (SHARED / "data" / "benchmarks" / name).read_text().splitlines()]
