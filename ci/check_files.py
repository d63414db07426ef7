#!/usr/bin/env python3
"""Check every file of the repository for what must not be in it.

usage: ci/check_files.py

That is: a path that leads out of the repository or to a developer's machine; a source file too long to
read at once; Rust code that is unfinished or silenced.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST = 500  # lines, tests included
SOURCES = {".rs", ".py", ".sh"}

# A folder beside the checkout, someone's home, the checkout by its absolute path.
OUTSIDE = re.compile(
    rf"(?:\.\.|{re.escape(str(ROOT.parent))})/shared\b|(?<![\w.])/(?:home|Users)/\w+/|{re.escape(str(ROOT))}/"
)
# Files named relative to the one that names them.
LINK = re.compile(r"""(?:include(?:_str|_bytes)?!\(\s*"|\bpath\s*=\s*"|\]\()([^")\s]+)""")
UNFINISHED = re.compile(r"\btodo!\(|\bunimplemented!\(|#\[ignore|#!?\[allow\((?:dead_code|unused)")


def files():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout
    return [ROOT / name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def leads_out(path, target):
    if re.match(r"\w+:", target):  # a URL
        return False
    return not (path.parent / target).resolve().is_relative_to(ROOT)


def faults(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if match := OUTSIDE.search(line):
            yield number, f"a path outside the repository: {match[0]}"
        for target in LINK.findall(line):
            if leads_out(path, target):
                yield number, f"a path outside the repository: {target}"
        if path.suffix == ".rs" and (match := UNFINISHED.search(line)):
            yield number, f"unfinished or silenced: {match[0]}"
    if path.suffix in SOURCES and len(text.splitlines()) > LONGEST:
        yield len(text.splitlines()), f"more than {LONGEST} lines"


def main():
    found = 0
    checked = files()
    for path in checked:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # a binary fixture
        for number, fault in faults(path, text):
            print(f"{path.relative_to(ROOT)}:{number}: {fault}")
            found += 1
    print(f"{len(checked)} files, {found} faults")
    sys.exit(bool(found))


main()
