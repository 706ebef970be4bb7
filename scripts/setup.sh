#!/usr/bin/env bash
# Makes .venv as requirements.lock says. Does nothing when it is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/.locked
# The lock and the project file decide; their checksum is kept beside the environment that was made from them.
wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi

if [ -L .venv ]; then  # it belongs to another checkout, which would find itself without one
  echo ".venv is a link and not as requirements.lock says; left as it is. Remove the link for an environment of this checkout's own." >&2
  exit 0
fi

works() { "$1" -c 'import sys, ssl, venv; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1; }

python=""
for candidate in "$(command -v python3.10 || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python; do
  if [ -n "$candidate" ] && works "$candidate"; then python=$candidate; break; fi
done

if [ -z "$python" ]; then
  echo "No Python 3.10 found (Rasa 3.6 needs it); trying to fetch one with uv." >&2
  uv=$(command -v uv || true)
  if [ -z "$uv" ] && command -v python3 >/dev/null; then
    python3 -m venv .venv-uv && .venv-uv/bin/pip install --quiet "$(grep -oE '^uv==[0-9.]+' requirements.lock)" && uv=.venv-uv/bin/uv
  fi
  if [ -n "$uv" ] && "$uv" python install 3.10 >&2; then python=$("$uv" python find 3.10); fi
  rm -rf .venv-uv
fi
if [ -z "$python" ]; then
  cat >&2 <<'MESSAGE'
Orienta needs Python 3.10, and none could be found or fetched. Do one of these, then run the command again:
  Debian/Ubuntu with deadsnakes:  apt install python3.10 python3.10-venv
  pyenv:                          pyenv install 3.10
  uv:                             uv python install 3.10
MESSAGE
  exit 1
fi

echo "Making the environment with $("$python" --version) (about a minute, 2.3 GB) ..." >&2
"$python" -m venv --clear .venv
# uv itself comes from the lock, hash checked; `uv pip sync` then installs what the lock names and nothing else.
awk '/^uv==/{keep=1} keep{print} keep && !/\\$/{exit}' requirements.lock > .venv/uv.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.lock
export VIRTUAL_ENV="$PWD/.venv" UV_LINK_MODE=copy
# Bytecode is compiled here: without it `import rasa` takes 20 to 32 s (some shells set PYTHONDONTWRITEBYTECODE).
.venv/bin/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
echo "$wanted" > "$stamp"
