# SPDX-License-Identifier: MIT
"""Everything that a login may leave behind, as sets of lines that can be compared.

Runs inside a test host, fed to its python3 over ssh: standard library only, no other module of the harness.
Protocol: a line `before` remembers the present state; `after SECONDS` waits until the state is the
remembered one again, and answers with the difference. Each answer is one line of JSON.
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter

NAMESPACE = re.compile(r"^(?:cgroup|ipc|mnt|net|pid|time|user|uts):\[\d+\]$")
# Started by the system on demand, and stopped when idle: no login owns them.
DAEMON = re.compile(r"^/(system\.slice/(system-)?(systemd-|dbus|serial-getty|getty|polkit)|init\.scope)")
# A user's bookkeeping, bounded, that stays until the next boot (lib/session/record.h): the last session's number,
# what the cgroup manager set, and locks, which cannot be removed while another login may wait for them.
KEPT = re.compile(r"^/run/carrel(/control|/users(/\d+(\.limits|/next|/lock|/keeper)?)?"
                  r"|/guests(/lock|/images|/\d+(/lock|/next)?)?)?$")
# Made by the first guest or image, for all that come.
FOLDERS = re.compile(r"^/var/lib/carrel(/guests|/images(/\.lock)?)?$")
# What systemd was told of a user's slice stays as long as the machine runs, as its limits do; of nothing else.
USERS_CONTROL = re.compile(r"/user-(rescue-)?\d+\.slice\.d(/|$)")


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as source:
            return source.read()
    except OSError:
        return ""


def link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


def names(path):
    try:
        return os.listdir(path)
    except OSError:
        return []


def processes():
    """{pid: (ppid, comm, uid, cgroup)} of all but kernel threads and zombies."""
    found = {}
    for name in names("/proc"):
        if not name.isdigit():
            continue
        head, _, tail = read(f"/proc/{name}/stat").rpartition(")")
        fields = tail.split()
        if not fields or fields[1] == "2" or name == "2":
            continue
        try:
            uid = os.stat(f"/proc/{name}").st_uid
        except OSError:
            continue
        comm = head.partition("(")[2]
        state = " (zombie)" if fields[0] == "Z" else ""
        group = read(f"/proc/{name}/cgroup").strip().rpartition("::")[2]
        found[int(name)] = (int(fields[1]), comm + state, uid, group)
    return found


def is_listener(row):
    """Not the sshd of a login that an older listener started, whose parent is PID 1 once that was killed."""
    parent, comm, _uid, group = row
    return parent == 1 and comm == "sshd" and group.endswith("/ssh.service")


def control_tree(table):
    """The pids of the harness's own connection: everything below the sshd that serves this process."""
    pid = os.getpid()
    while pid in table and table[pid][0] in table and table[pid][0] != 1:
        parent = table[pid][0]
        if is_listener(table[parent]):
            break
        pid = parent
    mine = {pid}
    grown = True
    while grown:
        more = {child for child, row in table.items() if row[0] in mine} - mine
        grown = bool(more)
        mine |= more
    return mine


def namespaces_of(pid):
    for name in names(f"/proc/{pid}/ns"):
        yield link(f"/proc/{pid}/ns/{name}")
    for name in names(f"/proc/{pid}/fd"):
        yield link(f"/proc/{pid}/fd/{name}")


def mount_lines(pid, label):
    """A mount by what it shows, not by ids; and each namespace that is kept alive by a mount."""
    for line in read(f"/proc/{pid}/mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        fields, kind = left.split(), right.split()
        optional = " ".join(sorted(word.partition(":")[0] for word in fields[6:]))
        yield f"{label} {fields[4]} {kind[0]} {kind[1]} root={fields[3]} {fields[5]} {optional}".strip(), fields[3]


def files_below(path):
    for folder, subfolders, found in os.walk(path):
        for name in subfolders + found:
            full = os.path.join(folder, name)
            if not KEPT.match(full):
                yield full


def temporary():
    for folder in ("/dev/mqueue", "/run/user", "/scratch"):
        for name in names(folder):
            if name != "lost+found":
                yield f"{folder}/{name}"
    # Hidden ones too, and below folders that are there already.
    for top in ("/tmp", "/var/tmp", "/dev/shm"):
        for folder, subfolders, found in os.walk(top):
            subfolders[:] = [name for name in subfolders if not name.startswith("systemd-private-")]
            yield from (f"{folder}/{name}" for name in subfolders + found)


def outlives_boots():
    """Images, guests' disks, what setup has saved: by name, for what is in a disk is its user's."""
    for folder, subfolders, found in os.walk("/var/lib/carrel"):
        yield from (path for path in (f"{folder}/{name}" for name in subfolders + found) if not FOLDERS.match(path))


def login_sessions():
    """What logind believes of the users who are logged in, without the numbers; greeters and managers come and go."""
    for name in filter(str.isalnum, names("/run/systemd/sessions")):  # each has a NAME.ref, a FIFO
        fields = dict(line.partition("=")[::2] for line in read(f"/run/systemd/sessions/{name}").splitlines())
        if fields.get("CLASS") == "user":
            yield f"{fields.get('USER')} by {fields.get('SERVICE')}"


def failed_units():
    """By name, but for a user's own manager and scopes, which a test may kill with all else that is the user's, and
    which systemd begins anew. Asked of systemd, which takes longer than all else here."""
    if not os.path.isdir("/run/systemd/system"):
        return []
    words = ["systemctl", "list-units", "--failed", "--plain", "--no-legend", "--no-pager"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    found = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    return [name for name in found if not name.startswith(("user@", "user-runtime-dir@", "session-"))]


def sysv():
    for kind in ("shm", "sem", "msg"):
        for line in read(f"/proc/sysvipc/{kind}").splitlines()[1:]:
            yield f"{kind} {' '.join(line.split()[:2])}"


def settings():
    for top in ("/etc/carrel", "/etc/pam.d", "/etc/ssh", "/run/systemd/system.control"):
        for path in files_below(top):
            if os.path.isfile(path) and not USERS_CONTROL.search(path):
                st = os.stat(path)
                with open(path, "rb") as source:
                    digest = hashlib.sha256(source.read()).hexdigest()[:12]
                yield f"{path} {st.st_mode & 0o7777:o} {st.st_uid}:{st.st_gid} {digest}"


USER_SLICE = re.compile(r"^/sys/fs/cgroup/user\.slice/user-\d+\.slice$")


def cgroups():
    for top in ("/sys/fs/cgroup/user.slice", "/sys/fs/cgroup/carrel"):
        for folder, subfolders, _files in os.walk(top):
            # systemd keeps an empty slice of a user's at times, and ends it when it likes.
            if USER_SLICE.match(folder) and not subfolders and "populated 0" in read(f"{folder}/cgroup.events"):
                continue
            # The manager's own top folder may stay; what is below it may not.
            if folder != "/sys/fs/cgroup/carrel":
                yield folder
    for name in names("/sys/fs/cgroup/system.slice"):
        if "carrel" in name:
            yield f"/sys/fs/cgroup/system.slice/{name}"


def listener_descriptors(table):
    for pid, row in table.items():
        if is_listener(row):
            for name in names(f"/proc/{pid}/fd"):
                target = re.sub(r"\d+", "N", link(f"/proc/{pid}/fd/{name}"))
                if target:
                    yield f"sshd listener: {target}"


def snapshot():
    table = processes()
    mine = control_tree(table)
    state = {name: Counter() for name in ("process", "namespace", "mount")}
    mount_owners = {}
    for pid, (_parent, comm, uid, group) in table.items():
        if pid in mine or DAEMON.match(group) and pid != 1:
            continue
        state["process"][f"{comm} uid={uid} cgroup={group}"] += 1
        for target in namespaces_of(pid):
            if NAMESPACE.match(target):
                state["namespace"][target] = 1
        mount_owners.setdefault(link(f"/proc/{pid}/ns/mnt"), pid)
    for label, pid in mount_owners.items():
        for line, root in mount_lines(pid, label):
            state["mount"][line] += 1
            if NAMESPACE.match(root):
                state["namespace"][root] = 1
    state["cgroup"] = Counter(cgroups())
    state["descriptor"] = Counter(listener_descriptors(table))
    state["file"] = Counter([*files_below("/run/carrel"), *temporary(), *outlives_boots()])
    state["login"] = Counter(login_sessions())
    state["ipc"] = Counter(sysv())
    state["setting"] = Counter(settings())
    return state


def difference(before, after):
    """Lines `+ what: …` for what is left, `- what: …` for what is gone."""
    found = []
    for kind, old in before.items():
        new = after[kind]
        for sign, extra in (("+", new - old), ("-", old - new)):
            found += [f"{sign} {kind}: {line}" + (f" (x{count})" if count > 1 else "")
                      for line, count in sorted(extra.items())]
    return found


def with_units(state):
    return {**state, "failed unit": Counter(failed_units())}


def ending(state):
    """Nobody is logged in between two tests: a keeper, which systemd may still be starting, is about to end."""
    return any("carrel-keeper@" in line for line in state["process"])


def quiet(seconds):
    """The state once it has stopped changing: something that the last test started may still be ending."""
    end = time.monotonic() + seconds
    state = snapshot()
    while True:
        time.sleep(0.1)
        again = snapshot()
        if not difference(state, again) and not ending(again) or time.monotonic() > end:
            return with_units(again)
        state = again


def settle(before, seconds):
    quick = {kind: lines for kind, lines in before.items() if kind != "failed unit"}
    end = time.monotonic() + seconds
    while True:
        state = snapshot()
        if not difference(quick, state) or time.monotonic() > end:
            return difference(before, with_units(state))
        time.sleep(0.1)


def serve():
    before = None
    for request in sys.stdin:
        verb, _, seconds = request.strip().partition(" ")
        if verb == "before":
            before = quiet(10)
            answer = []
        else:
            answer = settle(before, float(seconds))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
