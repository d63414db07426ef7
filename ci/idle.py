#!/usr/bin/env python3
"""Measure a zedbox that has nothing to do: memory, threads, how often it wakes, CPU.

usage: ci/idle.py ZEDBOX [AGENT…]

Runs `ZEDBOX run AGENT…` in an empty folder and reads /proc. Prints `name value unit` lines. Called by
ci/bench.sh.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

SETTLE_S = 3
WATCH_S = 60  # several kicks of the watchdog, which come every 15 s, and rounds of measuring
LOOK_S = 1


def status(path):
    return dict(re.findall(r"(?m)^(\w+):\s*(\d+)", (path / "status").read_text()))


def threads(process):
    return sorted((process / "task").iterdir())


def counters(process):
    """Of each thread: how often it woke, and its nanoseconds of CPU."""
    found = {}
    for thread in threads(process):
        try:
            woken = int(status(thread)["voluntary_ctxt_switches"])
            found[thread.name] = woken, int((thread / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            pass  # it has just ended
    return found


def watched(process):
    """What all threads did in WATCH_S. Looked at often, as the counters of a thread that ends go with it."""
    woken = cpu = 0
    before, start = counters(process), time.monotonic()
    while time.monotonic() - start < WATCH_S:
        time.sleep(LOOK_S)
        now = counters(process)
        for thread, (wakeups, nanoseconds) in now.items():
            old = before.get(thread, (0, 0))
            woken, cpu = woken + wakeups - old[0], cpu + nanoseconds - old[1]
        before = now
    return woken, cpu, time.monotonic() - start


def figures(process):
    woken, cpu, seconds = watched(process)
    yield "rss_idle", int(status(process)["VmRSS"]) / 1024, "MiB"
    yield "rss_idle_peak", int(status(process)["VmHWM"]) / 1024, "MiB"
    yield "threads_idle", len(threads(process)), "threads"
    yield "wakeups_idle", woken / seconds, "per_s"
    yield "cpu_idle", 100 * cpu / 1e9 / seconds, "percent"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    zedbox, *agents = sys.argv[1:]
    with tempfile.TemporaryDirectory() as root:
        for folder in ("run", "persist", "sys", "dev"):
            (pathlib.Path(root) / folder).mkdir()
        child = subprocess.Popen([zedbox, "run", "--root", root, *agents], stdin=subprocess.DEVNULL)
        try:
            time.sleep(SETTLE_S)
            if child.poll() is not None:
                sys.exit(f"{zedbox} ended by itself with status {child.returncode}")
            for name, value, unit in figures(pathlib.Path(f"/proc/{child.pid}")):
                print(name, f"{value:.3f}".rstrip("0").rstrip("."), unit)
        finally:
            child.terminate()
            if child.wait(timeout=10) != 0:
                sys.exit(f"{zedbox} ended with status {child.returncode}")


main()
