"""Run a command and print its time, peak memory and exit code as JSON.

A process of its own, and a small one: a child's peak memory starts at what its parent held when it was
spawned, so the parent must hold little. Usage: python benchmarks/child.py COMMAND ARGUMENT...
"""

import json
import os
import sys
import time


def run(command: list[str]) -> dict[str, float]:
    """Return wall-clock and processor seconds, peak memory [bytes] and exit code of a command."""
    start = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "seconds": seconds,
        "processor_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * unit,
        "exit_code": os.waitstatus_to_exitcode(status),
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1:])))
