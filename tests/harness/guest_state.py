# SPDX-License-Identifier: MIT
"""The file in which guest-launch says how a guest is: lines of a name and a value (lib/session/guest_record.c)."""


def parse(text):
    words = (line.partition(" ") for line in text.splitlines())
    return {name: int(value) if value.isdigit() else value for name, _, value in words}


def lines(members):
    return "".join(f"{name} {value}\n" for name, value in members.items())
