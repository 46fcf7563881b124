#!/bin/sh
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Prints the path of the first interpreter that runs and is of one of the given versions, in the order given.
# A name on PATH proves nothing (version managers put shims there that fail), so every candidate is started once.
# Usage: find_python.sh 3.12 3.13
for version in "$@"; do
    for candidate in "python$version" python3 "$HOME/.pyenv/versions/$version".*/bin/python "$HOME/.local/share/uv/python/cpython-$version"*/bin/python3; do
        found=$("$candidate" -c '
import ensurepip, sys, venv
if sys.argv[1] != "%d.%d" % sys.version_info[:2]:
    sys.exit(1)
print(sys.executable)
' "$version" 2>/dev/null) || continue
        echo "$found"
        exit 0
    done
done
exit 1
