#!/usr/bin/env python3
"""Check that every dependency on this platform has a licence that deny.toml allows. Works offline.

usage: ci/check_licences.py
"""
import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOKEN = re.compile(r"\(|\)|[^\s()]+")


def packages():
    rustc = subprocess.run(["rustc", "-vV"], check=True, stdout=subprocess.PIPE, text=True).stdout
    host = re.search(r"^host: (\S+)", rustc, re.M)[1]
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked", "--offline", "--all-features",
         "--filter-platform", host],
        cwd=ROOT, stdout=subprocess.PIPE,
    )
    if metadata.returncode:
        sys.exit("the dependencies could not be listed")
    return json.loads(metadata.stdout)["packages"]


class Expression:
    """An SPDX licence expression, evaluated while it is read: OR binds weakest, then AND, then WITH."""

    def __init__(self, text, allowed):
        self.tokens = TOKEN.findall(text.replace("/", " OR ")) + [None]  # "MIT/Apache-2.0" is an old form
        self.allowed = allowed

    def holds(self):
        result = self.any_of()
        return result and self.tokens == [None]

    def any_of(self):
        result = self.all_of()
        while self.tokens[0] == "OR":
            self.tokens.pop(0)
            result = self.all_of() or result
        return result

    def all_of(self):
        result = self.one()
        while self.tokens[0] == "AND":
            self.tokens.pop(0)
            result = self.one() and result
        return result

    def one(self):
        token = self.tokens.pop(0)
        if token == "(":
            result = self.any_of()
            return self.tokens.pop(0) == ")" and result
        if token is None:
            return False
        if self.tokens[0] == "WITH":
            self.tokens.pop(0)
            token = f"{token} WITH {self.tokens.pop(0)}"
        return token in self.allowed


def main():
    allowed = set(tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]["allow"])
    found = packages()
    refused = [p for p in found if not Expression(p["license"] or "", allowed).holds()]
    for package in refused:
        print(f"{package['name']} {package['version']}: licence {package['license']!r} is not allowed")
    print(f"{len(found)} packages, {len(refused)} refused")
    sys.exit(bool(refused))


main()
