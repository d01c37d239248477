#!/bin/sh
# `make lint`: the format of every Swift file, and shellcheck over every script.
set -eu
cd "$(dirname "$0")/.."
swift format lint --strict -r Sources Tests Package.swift
if command -v shellcheck >/dev/null; then
    shellcheck scripts/*.sh scripts/arm/*.sh systemd/*.sh packaging/pre* packaging/post* .ci/run
else
    echo "lint: shellcheck is not installed; the scripts are not checked" >&2
fi
echo "lint: clean"
