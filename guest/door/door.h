/* SPDX-License-Identifier: MIT */
/*
 * door.h - what a guest's door and its supervisor agree on. A connection that is opened begins with
 * the secret; the answer is one byte, and sshd's from then on.
 */
#ifndef CARREL_GUEST_DOOR_H
#define CARREL_GUEST_DOOR_H

enum { DOOR_PORT = 22, DOOR_SECRET_SIZE = 32, DOOR_OPENS = '+' };

#endif
