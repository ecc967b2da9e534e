# SPDX-License-Identifier: MIT
"""Guests on a test host that has carrel's own image (`needs: guest-image`).

    with guests.prepared(template="network = none\\n"):
        guests.start("alice")
        guests.ssh("alice", "id").check()
"""
import contextlib
import json

from harness import host

UID = {"alice": 1001, "bob": 1002}
POLICY = ("[match]\nuser = alice, bob\n[session]\nmode = guest\n[guest]\ntemplate = small\n"
          "[cgroup]\nmemory.max = 1G\npids.max = 300\ncpu.max = 150%\n")
TEMPLATE = {"image": "debian-13", "memory": "384M", "vcpus": "1", "disk": "3G", "network": "restricted"}
# A machine emulated in an emulated machine takes minutes to boot.
BOOT = 150 * host.scale
STOP = 45 * host.scale


def modules():
    """What guests need of the kernel is there, as on a host whose admin wants guests."""
    host.run("modprobe kvm_amd 2>/dev/null || modprobe kvm_intel; modprobe vhost_vsock; udevadm settle").check()
    assert host.run("test -c /dev/kvm").ok, "the test host has no /dev/kvm"


@contextlib.contextmanager
def prepared(template="", policy=POLICY):
    """KVM, the policy, the template `small` (TEMPLATE's lines replace the usual ones); all guests gone at the end."""
    modules()
    lines = {**TEMPLATE, **dict(line.split(" = ") for line in template.splitlines())}
    text = "[template]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())
    host.write("/etc/carrel/templates.d/small.ini.new", text)
    host.run("cd /etc/carrel/templates.d && cp -p small.ini small.ini.kept 2>/dev/null; mv small.ini.new small.ini").check()
    try:
        with host.policy("50-guests.ini", policy):
            yield
    finally:
        for user in UID:
            host.run(f"carrel guest stop {user}", deadline=STOP)
            host.run(f"carrel guest destroy --yes {user}")
        host.run("cd /etc/carrel/templates.d && rm small.ini; [ ! -e small.ini.kept ] || mv small.ini.kept small.ini")


def start(user, by="root"):
    """Starts USER's guest as BY; what the command says, once logins work there."""
    return host.run(f"carrel guest start {user}", user=by, deadline=BOOT).check().stdout


def stop(user, by="root"):
    return host.run(f"carrel guest stop {user}", user=by, deadline=STOP).check().stdout


def status(user):
    return json.loads(host.run(f"carrel guest status --json {user}").check().stdout)


def ssh(user, command, **options):
    """COMMAND in the guest of USER, asked for by root."""
    return host.run(["carrel", "guest", "ssh", user, "--", command], **options)
