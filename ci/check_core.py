#!/usr/bin/env python3
"""Check that the logic stays free of the operating system.

usage: ci/check_core.py

pillar-core and the crates it is made of may depend on the crates listed here and no others, and their
sources may not reach files, sockets, processes, threads or clocks, nor use unsafe code.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CRATES = {"pillar-core": "pillar-core", "pillar-types": "pillar-core/types", "pillar-proto": "pillar-core/proto"}

# Data and its encodings, what those are made of, and the log facade, which does nothing itself: no HTTP, TLS, async or OS crate.
DEPENDENCIES = set("""
pillar-core pillar-types pillar-proto
serde serde_core serde_json postcard prost
bytes cobs itoa log memchr thiserror zmij
""".split())

# Addresses (std::net::Ipv4Addr and the like) are data; sockets are not.
FORBIDDEN = re.compile(
    r"\bstd\s*::\s*(?:env|fs|os|process|thread)\b"
    r"|\bstd\s*::\s*\{[^}]*\b(?:env|fs|os|process|thread)\b"
    r"|\b(?:TcpListener|TcpStream|UdpSocket|ToSocketAddrs)\b"
    r"|\b(?:Instant|SystemTime)\s*::\s*now\b"
    r"|\bunsafe\b"
)
# Comments, strings and characters do not count.
OPAQUE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|\bb?r(#*)".*?"\1|"(?:\\.|[^"\\])*"|'(?:\\[^']+|[^'\\])'""", re.DOTALL
)


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def source_faults(crate_dir):
    lib = crate_dir / "src/lib.rs"
    if "#![forbid(unsafe_code)]" not in lib.read_text():
        yield f"{lib.relative_to(ROOT)}: #![forbid(unsafe_code)] is missing"
    for path in sorted((crate_dir / "src").rglob("*.rs")):
        code = OPAQUE.sub(blank, path.read_text())
        for match in FORBIDDEN.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            yield f"{path.relative_to(ROOT)}:{line}: {' '.join(match[0].split())}"


def dependency_faults(crate):
    tree = subprocess.run(
        ["cargo", "tree", "--locked", "-p", crate, "-e", "normal,no-proc-macro", "--prefix", "none",
         "--format", "{p}"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )
    if tree.returncode:
        sys.exit("the dependencies could not be listed")
    for name in sorted({line.split()[0] for line in tree.stdout.splitlines()} - DEPENDENCIES):
        yield f"{crate} depends on {name}, which ci/check_core.py does not list"


def main():
    faults = []
    for crate, folder in CRATES.items():
        faults += source_faults(ROOT / folder)
        faults += dependency_faults(crate)
    print("\n".join(faults) or "the logic is free of the operating system")
    sys.exit(bool(faults))


main()
