"""A store and its mount, for tests that mount, kill and mount again."""
import os
import re
import subprocess
import time

SANITIZER = re.compile(r"ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:")


class Failed(Exception):
    pass


class MountedStore:
    """folder: holds `store`, `mnt`, `daemon.log`, and `daemon.pid` while a daemon runs."""

    def __init__(self, program, folder, options="memory=64M"):
        self.program = program
        self.folder = folder
        self.path = f"{folder}/store"
        self.mount = f"{folder}/mnt"
        self.log = f"{folder}/daemon.log"
        self.options = options
        self.daemon = None
        os.makedirs(self.mount, exist_ok=True)

    def call(self, *arguments):
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True)
        if done.returncode or SANITIZER.search(done.stderr):
            raise Failed(
                f"triplefs {arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}"
            )

    def is_mounted(self):
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            return f" {self.mount} fuse" in mounts.read()

    def start(self):
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(
                [self.program, "mount", "-f", "-o", self.options, self.path, self.mount],
                stdout=log,
                stderr=log,
            )
        with open(f"{self.folder}/daemon.pid", "w", encoding="ascii") as pid:
            pid.write(f"{self.daemon.pid}\n")
        limit = time.monotonic() + 60
        while not self.is_mounted():
            if self.daemon.poll() is not None or time.monotonic() > limit:
                raise Failed(f"the daemon does not mount: {self.said()}")
            time.sleep(0.003)
        os.stat(self.mount)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]

    def kill(self):
        if self.daemon.poll() is not None:
            raise Failed(f"the daemon ended by itself with {self.daemon.returncode}: {self.said()}")
        self.daemon.kill()
        self.gone()

    def gone(self):
        """The daemon has been killed: what is left of its mount goes."""
        self.daemon.wait()
        self.daemon = None
        if self.is_mounted():
            self.call("umount", self.mount)

    def stop(self):
        self.call("umount", self.mount)
        status = self.daemon.wait()
        self.daemon = None
        if status or SANITIZER.search(self.said()):
            raise Failed(f"the daemon ended with {status}: {self.said()}")

    def clean(self):
        """Leaves nothing mounted, whatever happened."""
        if self.daemon:
            self.daemon.kill()
            self.daemon.wait()
            self.daemon = None
        subprocess.run(["umount", "-l", self.mount], capture_output=True)
