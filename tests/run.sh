#!/usr/bin/env bash
# Installs what the tests need into a virtual environment of their own and runs all of them.
#
# Chromium is installed where that is possible (Debian, root) and missing; the browser tests are skipped without it.
# The embedded model's weights (1.1 GB) are fetched once into the user's cache; RLM_TEST_FETCH=no leaves them out, and
# the tests of the embedded model are skipped. Two processes run the tests; RLM_TEST_WORKERS is another number.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=${RLM_TEST_VENV:-.venv-test}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 2; }
# Node is wanted for the labextension's own tests only; pip brings its own for building it.
if command -v npm >/dev/null && (cd labextension && npm ci --ignore-scripts --silent); then
  (cd labextension && npm run --silent check && npm test --silent)
else
  echo "there is no npm, or it reaches no registry: the labextension's own tests are left out" >&2
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --upgrade pip
"$venv/bin/python" -m pip install --quiet --editable '.[test]'

if ! command -v chromium >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null) ||
    echo "chromium could not be installed: the browser tests will be skipped" >&2
fi

if [ "${RLM_TEST_FETCH:-yes}" = yes ]; then
  "$venv/bin/rlm" fetch --yes || echo "the weights could not be fetched: the embedded model's tests will be skipped" >&2
fi

"$venv/bin/ruff" check .
"$venv/bin/ruff" format --check .
"$venv/bin/mypy"
# The tests of one file stay in one process, so that they share its fixtures; the long ones first, see tests/conftest.py.
exec "$venv/bin/pytest" -n "${RLM_TEST_WORKERS:-2}" --dist loadfile --no-loadscope-reorder "$@"
