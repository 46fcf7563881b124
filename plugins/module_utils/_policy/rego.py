# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only door to the policy engine (regopy, which is rego-cpp).

``compile_bundle`` and ``evaluate`` run policy text: call them in a child process only (``child.run``). The engine
prints compile errors and ``print`` to file descriptor 1 whatever its log level, has no time limit, and can crash; the
child's descriptor 1 is a pipe, and ``printed_errors`` makes sense of what arrives there.

Measured with regopy 1.5.2:
- Without strict built-in errors a failing built-in makes its rule undefined: a deny rule that never fires.
- ``set_input`` cuts strings at NUL and wraps big integers; ``set_input_term`` with unescaped JSON compares right, and so
  does ``set_input`` with what ``input_values`` makes of it.
- An error arrives as ``ok() == False`` with the text ``<error>`` (its tree has the reason, hardly ever the place), or as an
  error tree that is no JSON, so that building the output object raises ``JSONDecodeError``; ``Bundle.ok()`` says little.
- A query ends after 10,000,000 statements (some 6 s), whatever the deadline: an error like any other.
- The allocator reserves its address space at the first allocation, hence ``prepare`` before any limit is set.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import input_values
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable

ENTRYPOINT = "kubernetesexecution/decision"
NAME = "regopy"
_FINAL_PASS = "structure.trieste"
_ERRORS_SHOWN = 3
ERROR_VALUE = '"<error>"'
STATEMENT_LIMIT = "Maximum statement count reached"
_DETAIL_SHOWN = 200
_TREE_MESSAGE = re.compile(r"errormsg \d+:(.*?)\)\s*(?:\(errorast|$)", re.DOTALL)
_PRINTED = re.compile(r"^(?P<message>[^\n]+)\n-- (?P<place>[^\n]+:\d+:\d+)$", re.MULTILINE)


class EngineError(Exception):
    """The engine refused the text, the input or the query. The message is the engine's own, in one line."""


@dataclass(frozen=True)
class Answer:
    """``text``: the value as JSON, ``None`` when it is undefined. ``evaluation_ms``: input and query, nothing else."""

    text: str | None
    evaluation_ms: float


@cache
def load() -> Any:
    """Import the engine.

    Raises:
        PolicyUnusable: ``policy.engine-missing``.
    """
    try:
        import regopy  # type: ignore[import-untyped, unused-ignore]
    except Exception as error:  # no package, no library for this system, an error of its own: all the same here
        message = f"The policy engine regopy cannot be loaded: {type(error).__name__}: {error}."
        raise unusable("policy.engine-missing", message) from error
    return regopy


def prepare() -> None:
    """Do in the parent, once, what every child would have to do again.

    Raises:
        PolicyUnusable: ``policy.engine-missing``.
    """
    _inherited()


def version() -> str:
    return str(load().__version__)


@cache
def is_builtin(name: str) -> bool:
    """Whether the engine has the built-in function. ``print`` counts: it is a keyword there."""
    return name == "print" or bool(_inherited().is_builtin(name))


def compile_bundle(modules: Mapping[str, str], entrypoints: Sequence[str]) -> bytes:
    """Compile to the engine's binary form. Data has to be among the modules (``data_modules``). Runs in a child.

    Raises:
        EngineError: With a summary; the places stand in what the engine printed.
    """
    interpreter = _interpreter()
    with _engine_errors():
        for path, text in modules.items():
            _add(interpreter, path, text)
        bundle = interpreter.build(None, list(entrypoints))
        if not bundle.ok():
            raise EngineError("the compiler gave no bundle")
        with _file() as path:
            interpreter.save_bundle(path, bundle, _binary())
            with open(path, "rb") as stream:
                return stream.read()


def evaluate(bundle: bytes, term: str, entrypoint: str = ENTRYPOINT) -> Answer:
    """Evaluate one entrypoint with an input (JSON, unescaped). Runs in a child, once.

    ``bundle`` is what ``compile_bundle`` gave, to the byte: the engine crashes on anything else.

    Raises:
        EngineError: The evaluation ended in an error.
    """
    return _answer(_inherited(), _loaded(_inherited(), bundle), term, entrypoint)


def evaluate_each(bundle: bytes, questions: Iterable[tuple[str, str]]) -> Iterator[Answer | EngineError]:
    """Evaluate entrypoints of a bundle, each when its answer is asked for. Runs in a child.

    A question is an entrypoint and an input; empty: there is none, as for a test without one. The bundle is loaded once,
    which takes longest; each question has an interpreter of its own.
    """
    keeper = _interpreter()
    loaded = _loaded(keeper, bundle)
    for entrypoint, term in questions:
        try:
            answer: Answer | EngineError = _answer(_interpreter(), loaded, term, entrypoint)
        except EngineError as error:
            answer = error
        yield answer


def _loaded(interpreter: Any, bundle: bytes) -> Any:
    with _engine_errors(), _file(bundle) as path:
        return interpreter.load_bundle(path, _binary())


def _answer(interpreter: Any, loaded: Any, term: str, entrypoint: str) -> Answer:
    with _engine_errors():
        started = time.perf_counter()
        if term:
            input_values.give(interpreter, term)
        output = interpreter.query_bundle_entrypoint(loaded, entrypoint)
        elapsed_ms = (time.perf_counter() - started) * 1000
        if not output.ok():
            errors = output.node()
            raise EngineError(_tree_message(" ".join(errors.at(number).json() for number in range(len(errors)))))
        text = str(output)
        return Answer(None if text == "undefined" else _value(text), elapsed_ms)


def syntax_trees(modules: Mapping[str, str], folder: str) -> dict[str, bytes]:
    """The engine's syntax tree of each module (``syntax.parse`` reads it). Runs in a child.

    Args:
        folder: Where the engine may write, outside of the child, so that somebody clears up after a crash. It writes
            every step of its compiler, 1 MB for a long module; what was read is removed.

    Raises:
        EngineError: A module does not parse; the place stands in what the engine printed.
    """
    interpreter = _interpreter()
    trees = {}
    with _engine_errors():
        interpreter.debug_enabled = True
        for number, (path, text) in enumerate(modules.items()):
            own = os.path.join(folder, str(number))
            os.mkdir(own)
            interpreter.set_debug_path(own)
            with _about(path):
                _add(interpreter, path, text)
            (tree,) = glob.glob(os.path.join(own, "*", f"*_{_FINAL_PASS}"))
            with open(tree, "rb") as stream:
                trees[path] = stream.read()
            shutil.rmtree(own)
    return trees


def signatures(names: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Types of arguments and result of built-in functions, as the engine declares them. Runs in a child.

    ``{"args": [{"type": "string"}], "result": {"type": "number"}}``, in the form of OPA's capabilities. Those that it has
    not are left out. What a module says about a function does not matter for this, so each is called with one argument.
    """
    known = sorted(name for name in names if _inherited().is_builtin(name))
    interpreter = _interpreter()
    calls = "".join(f"p if {name}(1)\n" for name in known)
    with _engine_errors(), tempfile.TemporaryDirectory() as folder:
        interpreter.add_module("signatures.rego", f"package signatures\n\nimport rego.v1\n\np := false\n\n{calls}")
        target = os.path.join(folder, "bundle")
        bundle = interpreter.build(None, ["signatures/p"])
        interpreter.save_bundle(target, bundle, load().BundleFormat.JSON)
        with open(os.path.join(target, "plan.json"), encoding="utf-8") as stream:
            functions = json.load(stream)["static"]["builtin_funcs"]
    return {function["name"]: function["decl"] for function in functions}


def printed_errors(output: str) -> str:
    """The first errors that the compiler printed, as ``file:line:column: message; ...``; empty when there are none."""
    return "; ".join(f"{place}: {message}" for place, message in printed_places(output)[:_ERRORS_SHOWN])


def printed_places(output: str) -> list[tuple[str, str]]:
    """Place (``file:line:column``) and text of each error that the compiler printed."""
    found: dict[tuple[str, str], None] = {}
    for match in _PRINTED.finditer(output):
        found.setdefault((match["place"], match["message"]))
    return list(found)


def _add(interpreter: Any, path: str, text: str) -> None:
    if "\0" in text:  # the engine would stop reading there, and drop the rules behind it
        raise EngineError(f"{path}: a NUL character at offset {text.index(chr(0))}")
    interpreter.add_module(path, text + "\n")  # a comment that ends the file without one is an error to the engine


@contextlib.contextmanager
def _about(path: str) -> Iterator[None]:
    """An error of the engine names the file, which it does not always do itself."""
    try:
        with _engine_errors():
            yield
    except EngineError as error:
        raise EngineError(f"{path}: {error}") from error


def _value(text: str) -> str:
    """``[1]`` out of ``{"expressions":[[1]]}``, without parsing a document that the parent parses anyway."""
    head, tail = '{"expressions":[', "]}"
    if not (text.startswith(head) and text.endswith(tail)):
        raise EngineError("the engine answered in an unknown form")
    return text[len(head) : -len(tail)]


def _interpreter() -> Any:
    interpreter = load().Interpreter()
    interpreter.strict_built_in_errors = True
    return interpreter


@cache
def _inherited() -> Any:
    """The interpreter that children inherit: it has met an input already, which builds its JSON reader (1 ms).

    The parent never evaluates with it, so every child begins with the same one.
    """
    interpreter = _interpreter()
    with _engine_errors():
        interpreter.set_input_term("{}")
    return interpreter


def _binary() -> Any:
    return load().BundleFormat.Binary


@contextlib.contextmanager
def _engine_errors() -> Iterator[None]:
    """Whatever the engine raises becomes ``EngineError``."""
    try:
        yield
    except (EngineError, MemoryError):
        raise
    except Exception as error:  # what is no JSON is a tree
        tree = error.doc if isinstance(error, json.JSONDecodeError) else str(error)
        raise EngineError(_tree_message(tree)) from error


def _tree_message(tree: str) -> str:
    found = dict.fromkeys(" ".join(message.split())[:_DETAIL_SHOWN] for message in _TREE_MESSAGE.findall(tree))
    return "; ".join(list(found)[:_ERRORS_SHOWN]) or " ".join(tree.split())[:_DETAIL_SHOWN]


@contextlib.contextmanager
def _file(content: bytes = b"") -> Iterator[str]:
    """Path of a file that only this process sees: in memory where the system can, else temporary."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("policies")
        path = f"/proc/self/fd/{descriptor}"
    else:
        descriptor, path = tempfile.mkstemp(prefix="policies-")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as stream:
            stream.write(content)
        yield path
    finally:
        os.close(descriptor)
        if not path.startswith("/proc/"):
            os.unlink(path)
