#!/usr/bin/env bash
# Installs what the tests need into a virtual environment of their own and runs them.
#
# bash tests/run.sh            all tests but those marked `nightly` or `embedded` (with the embedded model)
# bash tests/run.sh --all      all tests
# bash tests/run.sh ARGUMENTS  those that pytest chooses by its own arguments
#
# Chromium's headless shell is installed where that is possible (Debian, root) and no chromium is there; the browser
# tests are skipped without one.
# With --all or ARGUMENTS the embedded model's weights (1.1 GB) are fetched once into the user's cache; RLM_TEST_FETCH=no
# leaves them out, and its tests are skipped. Three processes run the tests; RLM_TEST_WORKERS is another number.
#
# Jobs that wait for a network run beside others that compute. What a job prints is shown when it has ended.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=${RLM_TEST_VENV:-.venv-test}
outputs=$(mktemp -d)
declare -A jobs

begin() { # NAME COMMAND...: in a process group of its own, which can be ended as a whole
  set -m
  "${@:2}" >"$outputs/$1" 2>&1 &
  set +m
  jobs[$1]=$!
}

finish() { # NAME: wait for it, and show what it has printed
  local status=0
  wait "${jobs[$1]}" || status=$?
  unset "jobs[$1]"
  cat "$outputs/$1"
  return "$status"
}

end_jobs() { # end those that still run, and show what they have printed
  local name
  for name in "${!jobs[@]}"; do
    kill -- "-${jobs[$name]}" 2>/dev/null || true
    cat "$outputs/$name"
  done
  rm -rf "$outputs"
}
trap end_jobs EXIT

install_node_packages() { cd labextension && npm ci --ignore-scripts --no-audit --silent; }
check_labextension() { cd labextension && npm run --silent check && npm test --silent; }
install_chromium() {
  command -v chromium-headless-shell chromium chromium-browser google-chrome >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return
  apt-get update -qq
  local package
  for package in chromium-headless-shell chromium; do
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null && return
  done
  return 1
}
# Else all processes that begin at once compile the same; and a sandboxed one, which can write no bytecode, always does.
# Files that no Python can compile, such as templates, do not matter.
compile_packages() {
  local packages
  packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  "$venv/bin/python" -m compileall -qq -j 2 -x '/(tests?|pip|setuptools|mypy|mypyc|jedi)/' rlm_kernel "$packages" || true
}
fetch_weights() { [ "${RLM_TEST_FETCH:-yes}" != yes ] || "$venv/bin/rlm" fetch --yes; }

everything=no
if [ "${1:-}" = --all ]; then
  everything=yes
  shift
fi
with_weights=yes
[ "$everything" = yes ] || [ $# -gt 0 ] || with_weights=no
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 2; }
begin chromium install_chromium
# Node is wanted for the labextension's own tests only; pip brings its own for building it.
with_node=no
if command -v npm >/dev/null; then
  begin node_packages install_node_packages
  with_node=yes
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
# uv takes a fifth of pip's time, but does not know the indexes and certificates that pip is configured with.
"$venv/bin/python" -m pip install --quiet uv || true
install() { "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" "$@"; }
install --requirements pyproject.toml --extra test ||
  RLM_LABEXTENSION=no "$venv/bin/python" -m pip install --quiet --editable '.[test]'
unset PYTHONDONTWRITEBYTECODE
begin bytecode compile_packages
begin mypy "$venv/bin/mypy"
"$venv/bin/ruff" check .
"$venv/bin/ruff" format --check .
# The build of the labextension takes the packages that are there, so they are awaited.
if [ "$with_node" = yes ] && finish node_packages; then
  begin labextension check_labextension
else
  with_node=no
  echo "there is no npm, or it reaches no registry: the labextension's own tests are left out" >&2
fi
install --no-deps --editable . || "$venv/bin/python" -m pip install --quiet --no-deps --editable .
[ "$with_weights" = no ] || begin weights fetch_weights
finish bytecode
finish chromium || echo "there is no chromium, and it could not be installed: the browser tests will be skipped" >&2

failed=()
finish_all() { # wait for the jobs that are left
  [ "$with_node" = no ] || finish labextension || failed+=("the checks of the labextension")
  finish mypy || failed+=(mypy)
  [ "$with_weights" = no ] || finish weights ||
    echo "the weights could not be fetched: the embedded model's tests will be skipped" >&2
}
conclude() { # STATUS of the tests: end with it, or since a job has failed, which is said last
  [ ${#failed[@]} -eq 0 ] && exit "$1"
  printf 'FAILED: %s\n' "${failed[@]}" >&2
  exit 1
}

# The tests of one file stay in one process, so that they share its fixtures; the long ones first, see tests/conftest.py.
# They wait for processes, browsers and time limits now and then, so that there is one more than cores of a small machine.
side_by_side=("$venv/bin/pytest" -n "${RLM_TEST_WORKERS:-3}" --dist loadfile --no-loadscope-reorder)
status=0
if [ $# -gt 0 ]; then
  finish_all
  "${side_by_side[@]}" "$@" || status=$?
elif [ "$everything" = no ]; then
  # The checks go on beside the tests.
  "${side_by_side[@]}" -m "not nightly and not embedded" || status=$?
  finish_all
else
  "${side_by_side[@]}" -m "not embedded" || status=$?
  finish_all
  [ "$status" -gt 1 ] || "$venv/bin/pytest" -m embedded tests/models || status=$?
fi
conclude "$status"
