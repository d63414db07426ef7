#!/usr/bin/env python3
"""Say what the bytes of a binary are for, from its symbol table.

usage: ci/size.py STRIPPED UNSTRIPPED

The two are the same program, with and without symbols. Prints `name value unit` lines: the bytes of the
stripped file, and of them what belongs to each crate and to each agent. A symbol belongs to the first crate
of this workspace that its name mentions, else to the first crate in it; what has no symbol (string
constants, relocations, headers) is size_unnamed. Called by ci/size.sh.
"""
import collections
import pathlib
import re
import subprocess
import sys

OURS = re.compile(r"\b(pillar_\w+|zedbox)(?=::)")
CRATE = re.compile(r"\b([a-z]\w*)(?=::)")
AGENT = re.compile(r"\bpillar_core::agents::(\w+)")
UNWINDING = {".eh_frame", ".eh_frame_hdr", ".gcc_except_table"}


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def symbols(binary):
    """(bytes, name) of every symbol in the file; of several names of one address, the first."""
    seen = set()
    for line in run("nm", "--print-size", "--demangle", "--defined-only", binary).splitlines():
        found = re.match(r"([0-9a-f]+) ([0-9a-f]+) ([a-zA-Z]) (.+)", line)
        if found and found[3] not in "bB" and found[1] not in seen:  # zeroed memory is not in the file
            seen.add(found[1])
            yield int(found[2], 16), found[4]


def section_bytes(binary, names):
    rows = (line.replace("[", " ").replace("]", " ").split() for line in run("readelf", "-SW", binary).splitlines())
    return sum(int(row[5], 16) for row in rows if len(row) > 6 and row[1] in names)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    stripped, unstripped = sys.argv[1:]
    crates, agents = collections.Counter(), collections.Counter()
    for size, name in symbols(unstripped):
        crate = OURS.search(name) or CRATE.search(name)
        crates[crate[1] if crate else "c_and_runtime"] += size
        if agent := AGENT.search(name):
            agents[agent[1]] += size

    total = pathlib.Path(stripped).stat().st_size
    unwinding = section_bytes(unstripped, UNWINDING)
    lines = [("zedbox_size", total)]
    lines += [(f"size_crate_{name}", size) for name, size in crates.most_common()]
    lines += [(f"size_agent_{name}", size) for name, size in agents.most_common()]
    lines += [("size_unwinding", unwinding), ("size_unnamed", total - sum(crates.values()) - unwinding)]
    for name, size in lines:
        print(name, size, "bytes")


main()
