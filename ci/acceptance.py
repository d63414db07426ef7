#!/usr/bin/env python3
"""Say which acceptance cases have a test.

usage: ci/acceptance.py [--missing]

The cases are in tests/acceptance/NN.md; case 7 of file 02 has a test if a Rust function named ac02_07_…
exists. Whether the test passes is for the test runner to say. With --missing the cases without a test
are listed too. Exits with 1 if a test claims a case that does not exist.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CASE = re.compile(r"(?:\| )?(\d+)(?:\.| \|) +(.+)")  # "7. Given …" or "| 7 | …"
TEST = re.compile(r"\bfn ac(\d\d)_(\d\d)_")
SHOWN = 200


def cases(file):
    found = (CASE.match(line) for line in file.read_text().splitlines())
    return {int(case[1]): case[2] for case in found if case}


def tests():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.rs"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file():
            for file, case in TEST.findall(path.read_text()):
                yield file, int(case), name


def main():
    if sys.argv[1:] not in ([], ["--missing"]):
        sys.exit(__doc__)
    files = {file.stem: file for file in sorted((ROOT / "tests/acceptance").glob("[0-9][0-9].md"))}
    known = {(stem, case): text for stem, file in files.items() for case, text in cases(file).items()}
    claimed = list(tests())
    tested = {(stem, case) for stem, case, _ in claimed}

    for stem, file in files.items():
        mine = [key for key in known if key[0] == stem]
        print(f"{file.name}: {sum(key in tested for key in mine)}/{len(mine)}")
        if sys.argv[1:]:
            for key in mine:
                if key not in tested:
                    print(f"  ac{stem}_{key[1]:02}: {known[key][:SHOWN]}")
    print(f"all: {len(tested & known.keys())}/{len(known)}")

    unknown = [f"{name}: no case ac{stem}_{case:02}" for stem, case, name in claimed if (stem, case) not in known]
    if unknown:
        sys.exit("\n".join(unknown))


main()
