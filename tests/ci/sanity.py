# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ``ansible-test sanity`` without containers over what the collection ships.

``python -m tests.ci.sanity TARBALL`` unpacks the built tarball under
``build/sanity/<ansible-core>/ansible_collections/`` (ansible-test insists on that path), adds the checkout's sanity
settings and runs every test for the Python that runs this file. What is checked is therefore what users install.

ansible-test builds a virtual environment per test and drops nearly all environment variables while it does. Two things
have to reach it through files in a home directory of its own, below the cache of the user:

- pip's settings (certificates, proxies, a mirror): written to ``pip.conf`` as pip itself reports them;
- pip: ansible-test would download a bootstrap script; one that calls ``ensurepip`` is put where it keeps its copy.

That home also keeps the virtual environments warm between runs and leaves the user's own untouched.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Prints the version of pip whose bootstrap script this ansible-test wants: a file name contains it.
BOOTSTRAP_VERSION = """\
import sys
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages

print(get_venv_packages(SimpleNamespace(version=sys.argv[1]))["pip"])
"""
ENSUREPIP = """\
import contextlib
import ensurepip
import io

with contextlib.redirect_stdout(io.StringIO()):
    ensurepip.bootstrap(default_pip=True)
"""
CERTIFICATE_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def cache_root() -> Path:
    """Where everything lies that outlives a checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "guardrail.kubernetes"


def pip_settings() -> dict[str, str]:
    """Return pip's global settings, wherever they come from, by their names in a configuration file."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    report = subprocess.run([*pip, "config", "list"], check=True, capture_output=True, text=True).stdout
    settings = {"quiet": "1"}
    for line in report.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in {"global", ":env:"}:
            settings[key] = str(ast.literal_eval(value))
    for variable in CERTIFICATE_VARIABLES:
        if "cert" not in settings and os.environ.get(variable):
            settings["cert"] = os.environ[variable]
    directory = subprocess.run([*pip, "cache", "dir"], check=False, capture_output=True, text=True).stdout.strip()
    if directory:
        settings["cache-dir"] = directory
    return settings


def ask(program: str, *arguments: str) -> str:
    """Return what a short Python program prints when this interpreter runs it."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def prepare_home(home: Path, python: str) -> None:
    """Put pip's settings and the bootstrap script where programs with this home directory look."""
    configuration = home / ".config" / "pip" / "pip.conf"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    # A value over several lines (several mirrors) continues on indented lines.
    lines = [f"{key} = {value.strip()}".replace("\n", "\n    ") for key, value in sorted(pip_settings().items())]
    configuration.touch(mode=0o600)
    configuration.write_text("[global]\n" + "".join(line + "\n" for line in lines), encoding="utf-8")
    version = ask(BOOTSTRAP_VERSION, python).replace(".", "_")
    bootstrap = home / ".ansible" / "test" / "cache" / f"get_pip_{version}.py"
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    bootstrap.write_text(ENSUREPIP, encoding="utf-8")


def unpack(tarball: Path, core: str) -> Path:
    """Return a fresh, git-tracked directory of the collection where ansible-test accepts it."""
    target = ROOT / "build" / "sanity" / core / "ansible_collections" / "guardrail" / "kubernetes"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tarfile.open(tarball) as archive:
        archive.extractall(target, filter="data")
    shutil.copytree(ROOT / "tests" / "sanity", target / "tests" / "sanity")
    shutil.copy(ROOT / "tests" / "config.yml", target / "tests" / "config.yml")
    # Written by the build; an ordinary checkout has galaxy.yml in their place.
    for name in ("FILES.json", "MANIFEST.json"):
        (target / name).unlink()
    shutil.copy(ROOT / "galaxy.yml", target)
    # The checkout ignores build/, and ansible-test skips what git ignores: this directory gets an index of its own.
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=target, check=True)
    return target


def main(arguments: list[str]) -> int:
    """Run all sanity tests; return what ansible-test returned."""
    parser = argparse.ArgumentParser(prog="python -m tests.ci.sanity")
    parser.add_argument("tarball", type=Path)
    parser.add_argument("options", nargs="*", help="passed on to ansible-test sanity, after --")
    chosen = parser.parse_args(arguments)
    bin_directory = Path(sys.executable).parent
    version = ask("from ansible.release import __version__; print(__version__)")
    core = ".".join(version.split(".")[:2])
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    home = cache_root() / "sanity"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    prepare_home(home, python)
    target = unpack(chosen.tarball, core)
    print(f"ansible-test sanity: ansible-core {version}, Python {python}", flush=True)
    environment = {**os.environ, "HOME": str(home), "PATH": f"{bin_directory}{os.pathsep}{os.environ['PATH']}"}
    command = [str(bin_directory / "ansible-test"), "sanity", "--python", python, "--color", "no", *chosen.options]
    return subprocess.run(command, cwd=target, env=environment, check=False, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
