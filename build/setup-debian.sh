#!/usr/bin/env bash
# Installs the system packages that the tests use: a browser with fonts, a keychain on its own session bus, network
# namespaces with NAT and a TURN server, and a NATS server. As root on Debian or Ubuntu it installs what is missing;
# otherwise it says what to install.
set -euo pipefail

packages=(chromium fonts-noto-color-emoji fonts-dejavu-core dbus gnome-keyring iproute2 iptables coturn nats-server)

if ! command -v dpkg-query >/dev/null; then
  echo "This is not Debian or Ubuntu. Please install the equivalents of: ${packages[*]}"
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done

# A browser from elsewhere serves as well.
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then
  for index in "${!missing[@]}"; do
    if [ "${missing[$index]}" = chromium ]; then unset "missing[$index]"; fi
  done
fi

if [ "${#missing[@]}" -eq 0 ]; then
  echo 'Every system package that the tests use is there.'
elif [ "$(id -u)" -eq 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # The tests start servers of their own: a package must not leave one listening on this machine (101: not allowed).
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
else
  echo "Please install for the tests: sudo apt-get install ${missing[*]}"
fi
