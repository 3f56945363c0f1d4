"""The program in a generated answer."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

_FENCE = re.compile(r"(?P<before>.*?)(?:```+|~~~+)[ \t]*(?P<language>[\w+#.-]*)[ \t]*")
_STATEMENT = re.compile(r"(?:from|import|def|async def|class)\s|@\w|[A-Za-z_][\w.\[\], ]*\s*=[^=]")
_RUNS = (ast.Expr, ast.Assert, ast.For, ast.While, ast.With, ast.Raise, ast.Delete)
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _fenced(text: str) -> tuple[str, list[str], bool]:
    """The text before the first fence, the blocks (Python's, if named), and whether the last is open."""
    before, blocks, block = "", list[tuple[str, str]](), None
    lines: list[str] = []
    for line in text.split("\n"):
        fence = _FENCE.fullmatch(line)
        lines.append(fence["before"] if fence else line)
        if fence and block is None:
            before = before if blocks else "\n".join(lines)
            block, lines = fence["language"].lower(), []
        elif fence:
            blocks.append((str(block), "\n".join(lines)))
            block, lines = None, []
    if block is not None:
        blocks.append((block, "\n".join(lines)))
    python = [code for language, code in blocks if not language or language.startswith("py")]
    return before, python or [code for _, code in blocks], block is not None


def _broken_line(code: str) -> int | None:
    """The line, from 1, at which code does not compile (0 where Python does not say); None if it compiles."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<answer>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, OverflowError, RecursionError, MemoryError):
        return 0
    return None


def _tree(code: str) -> list[ast.stmt]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code).body


def _compilable(code: str, keep: int = 0) -> str:
    """The longest beginning of code, in at least `keep` whole lines, that compiles; empty where none does."""
    lines = code.split("\n")
    while len(lines) > keep:
        text = "\n".join(lines)
        broken = _broken_line(text)
        if broken is None:
            return text
        if "\t" in text and _broken_line(text.expandtabs(4)) is None:
            return text.expandtabs(4)
        lines = lines[: max(keep, min(broken or len(lines), len(lines)) - 1)]
    return ""


def _definitions(code: str) -> list[str]:
    return [node.name for node in _tree(code) if isinstance(node, _DEFINES)]


def _dedented(code: str) -> str:
    """Without the indentation that all lines share; blank lines stay, for they may be part of a text."""
    lines = code.split("\n")
    indents = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line.strip()]
    return "\n".join(line.removeprefix(min(indents, default="")) for line in lines)


def _whole(code: str) -> str:
    """The program in a text: from the first line that a program with a definition can begin with."""
    lines, first = _dedented(code).split("\n"), ""
    starts = [i for i, line in enumerate(lines) if _STATEMENT.match(line)]
    for i in [*starts[:64], 0]:
        program = _compilable("\n".join(lines[i:]))
        if program.strip() and _definitions(program):
            return program
        first = first or program
    return first


def _names(node: ast.AST) -> list[ast.Name]:
    return [n for n in ast.walk(node) if isinstance(n, ast.Name)]


def _is_example(node: ast.stmt, names: set[str], read: set[str]) -> bool:
    """Whether an assignment computes an example with what was defined, which no definition reads."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    called = {id(n.func) for n in ast.walk(node.value) if isinstance(n, ast.Call)}
    used = [n for n in _names(node.value) if n.id in {*names, "input"}]
    assigned = node.targets if isinstance(node, ast.Assign) else [node.target]
    targets = {n.id for target in assigned for n in _names(target)}
    return bool(used) and all(id(n) in called for n in used) and not targets & (read | names)


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "'__name__'" in ast.dump(node.test)


def _without_runs(program: str, fenced: bool) -> str:
    """Without what runs after the definitions, from the first call or loop on, and examples before it."""
    body, nodes, names = _tree(program), list[ast.stmt](), set[str]()
    for node in body:
        if isinstance(node, _DEFINES):
            if node.name in names and not fenced:
                break  # an answer to the next question, out of a model that rambles on
            names.add(node.name)
        elif names and (isinstance(node, _RUNS) or _is_main(node)):
            break
        elif names and isinstance(node, ast.AnnAssign) and node.value is None:
            break  # prose: "Note: important"
        nodes.append(node)
    used = [n for node in nodes if isinstance(node, _DEFINES) for n in _names(node)]
    read = {n.id for n in used} - {n.id for n in used if isinstance(n.ctx, ast.Store)}
    useful = [node for node in nodes if not _is_example(node, names, read)]
    if useful != body[: len(useful)]:
        return _source(program, useful)
    if len(useful) == len(body):
        return program
    return "\n".join(program.split("\n")[: useful[-1].end_lineno]) + "\n"


def _source(program: str, nodes: Sequence[ast.stmt]) -> str:
    """The lines of some statements of a program."""
    lines, numbers = program.split("\n"), set[int]()
    for node in nodes:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        numbers.update(range(first, (node.end_lineno or node.lineno) + 1))
    return "\n".join(lines[i - 1] for i in sorted(numbers)) + "\n"


def _continued(code: str, prompt: str, fenced: bool) -> str:
    """The prompt with the rest of its last function, whose first line may lack indentation; empty without."""
    head = prompt.rstrip() + "\n"
    keep, best, most = head.count("\n"), "", 0
    indented = re.search(r"^[ \t]+\S", code, re.MULTILINE)
    texts = [
        code,
        "    " + code.lstrip(),
        re.sub(r"^(?=.*\S)", "    ", _dedented(code), flags=re.MULTILINE),
        code[indented.start() :] if indented else "",
    ]
    for text in texts:
        program = _compilable(head + text, keep)
        body = _tree(program) if program else []
        of_prompt = [node for node in body if node.lineno <= keep]
        inside = getattr(of_prompt[-1], "body", ()) if of_prompt else ()
        grown = any(not isinstance(node, ast.Expr) for node in inside if node.lineno > keep)
        lines = sum(bool(line.strip()) for line in program.split("\n"))
        if grown and lines > most:
            best, most = program, lines
    return _without_runs(best, fenced) if best else ""


def _completed(program: str, prompt: str, entry: str) -> str:
    """A program that gives a prompt's function again, with the prompt's imports and helpers that it lacks."""
    own, names = {ast.dump(node) for node in _tree(program)}, set(_definitions(program))
    before = [node for node in _tree(prompt) if getattr(node, "name", "") != entry]
    others = [node for node in before if getattr(node, "name", "") not in names]
    missing = [node for node in others if ast.dump(node) not in own]
    whole = f"{_source(prompt, missing)}\n{program}" if missing else program
    return whole if _broken_line(whole) is None else program


def _program(code: str, prompt: str, fenced: bool) -> str:
    """The program in one text, which goes on inside the prompt's last function, or gives it again."""
    if not prompt:
        return _without_runs(_whole(code), fenced)
    entry = _definitions(prompt)[-1]
    begun = re.match(r"\s*?(?P<indent>[ \t]*)\S", code)
    indent = begun["indent"] if begun else ""
    again = re.search(rf"^{indent}(?:async )?def {entry}\b", code, re.MULTILINE)
    program = _continued(code, prompt, fenced) if indent and not again else ""
    if program:
        return program
    program = _without_runs(_whole(code), fenced)
    if entry in _definitions(program):
        return _completed(program, prompt, entry)
    return _continued(code, prompt, fenced) or program


def parse_code(answer: str, prompt: str = "") -> str:
    """The program in an answer (HumanEval, MBPP), which compiles; empty where there is none. Nothing is run.

    Of fenced blocks (the last one may be unfinished) the first that defines the function of the prompt
    counts, else the first that defines any; without a fence the text does, from its first statement on, or up
    to a fence that a prompt opened. What does not compile is cut off from the end, line by line, so prose and
    half a statement go. After the definitions it is cut at the first call, assertion, loop or `if __name__`;
    helper functions before that stay. Outside a fence a function defined again is cut: it belongs to another
    question.

    Args:
        answer: free text.
        prompt: Python that ends with the beginning of a function. An answer may go on inside that function,
            also where its first line has lost its indentation, or give the function again: then the imports
            and helpers it leaves out are put before it. Any other text is passed over.
    """
    text = answer.replace("\r\n", "\n").replace("\0", "").lstrip("\ufeff")
    prompt = prompt if prompt.strip() and _broken_line(prompt) is None and _definitions(prompt) else ""
    before, blocks, unfinished = _fenced(text)
    programs = [_program(code, prompt, fenced=True) for code in blocks]
    if not blocks or unfinished:
        programs.insert(0, _program(before if blocks else text, prompt, fenced=False))
    entry = _definitions(prompt)[-1:] if prompt else []
    asked_for = [program for program in programs if entry and entry[0] in _definitions(program)]
    defining = [program for program in programs if _definitions(program)]
    # A word alone compiles.
    doing = [one for one in programs if any(not isinstance(node, ast.Expr) for node in _tree(one))]
    return next(iter([*asked_for, *defining, *doing]), "")
