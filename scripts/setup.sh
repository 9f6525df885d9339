# Sourced by scripts/demo and scripts/test: makes .venv and installs everything that is missing.
# Sets $python. Fast when nothing has changed since the last time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

find_python() {
  local candidate
  for candidate in python3 python3.13 python3.12 python3.11 python3.14 python; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  fail "No Python 3.11 or newer was found; install one (Debian: apt-get install python3 python3-venv)."
}

# What a napari window needs from a bare Debian or Ubuntu (found by adding one at a time).
install_system_libraries() {
  [ "$(uname -s)" = Linux ] || return 0
  local packages=(libegl1 libgl1 libgl1-mesa-dri libfontconfig1 libglib2.0-0 libdbus-1-3 libxkbcommon0
    libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0)
  [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "${need_virtual_display:-no}" = no ] ||
    packages+=(xvfb xauth x11-utils)
  # a Python of one's own (pyenv, conda) brings venv along; Debian's needs a package
  "$base_python" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    command -v Xvfb >/dev/null || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] ||
      fail "There is no display and no Xvfb; install your distribution's Xvfb, EGL, OpenGL (Mesa), fontconfig, dbus, xkbcommon and xcb-cursor libraries."
    return 0
  fi
  local missing=() package
  for package in "${packages[@]}"; do
    # Debian 13 renamed some (libglib2.0-0t64): what provides the name counts too
    dpkg-query -W -f '${Package} ${Provides} ${db:Status-Status}\n' "$package*" 2>/dev/null |
      grep -E "(^| )$package(,| |t64 |\$)" | grep -q ' installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && as_root=(sudo) ||
      fail "System libraries are missing and this user may not install them; run: sudo apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  say "Installing system libraries: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Without an NVIDIA driver the CUDA build of torch is gigabytes of dead weight, so torch's own index
# of CPU builds comes first; where it cannot be reached, the pinned version from the usual index.
install_torch() {
  "$python" -c 'import torch' 2>/dev/null && return 0
  local pinned
  pinned=$(grep '^torch==' constraints.txt)
  say "Installing $pinned"
  if [ "$(uname -s)" = Linux ] && [ ! -e /proc/driver/nvidia/version ] && ! command -v nvidia-smi >/dev/null; then
    "$python" -m pip install -q --retries 0 --timeout 20 \
      --index-url https://download.pytorch.org/whl/cpu "$pinned" 2>/dev/null && return 0
  fi
  "$python" -m pip install -q "$pinned"
}

install_project() {
  local stamp=.venv/installed wanted
  wanted=$(cat pyproject.toml constraints.txt scripts/setup.sh | cksum)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
  if ! [ -x "$python" ] || ! "$python" -m pip --version >/dev/null 2>&1; then
    say "Making .venv with $("$base_python" --version)"
    rm -rf .venv
    "$base_python" -m venv .venv
  fi
  install_torch
  say "Installing napari-nfm and what it needs (a few minutes the first time)"
  "$python" -m pip install -q -c constraints.txt -e '.[all,test]'
  echo "$wanted" >"$stamp"
}

base_python=$(find_python)
python=$PWD/.venv/bin/python
install_system_libraries
install_project

# in memory only: neither command touches the user's napari settings
export NAPARI_CONFIG=
