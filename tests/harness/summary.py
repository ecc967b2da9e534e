# SPDX-License-Identifier: MIT
"""What a run leaves to read: its time, the slowest tests, those that failed, and a file with each one's output."""
import time

SLOWEST = 10


def duration(seconds):
    return f"{seconds:.1f} s" if seconds < 100 else f"{int(seconds // 60)} min {seconds % 60:.0f} s"


class Summary:
    """LOGS: the folder of the files, NAME.log for a test and NAME.2.log … when it runs again; None: no files."""

    def __init__(self, logs=None):
        self.logs, self.began = logs, time.monotonic()
        self.times = []  # (seconds, name)
        self.failed = []
        if logs:
            logs.mkdir(parents=True, exist_ok=True)

    def add(self, name, outcome, seconds):
        self.times.append((seconds, name))
        if outcome.verdict == "failed":
            self.failed.append(name)
        if self.logs:
            turn = sum(1 for _seconds, other in self.times if other == name)
            path = self.logs / f"{name}{f'.{turn}' if turn > 1 else ''}.log"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{outcome.verdict} in {seconds:.1f} s\n{outcome.output}", encoding="utf-8")

    def show(self):
        """Nothing of it is worth a line after a single test."""
        if len(self.times) < 2:
            return
        slowest = sorted(self.times, reverse=True)[:SLOWEST]
        print(f"{len(self.times)} tests in {duration(time.monotonic() - self.began)}; the slowest: "
              + ", ".join(f"{name} {seconds:.1f}s" for seconds, name in slowest), flush=True)
        if self.failed:
            print("failed: " + " ".join(self.failed), flush=True)
