/* SPDX-License-Identifier: MIT */
/*
 * guest.h - where a guest is found: by the login, by guest-launch, and by guest-attach.
 */
#ifndef CARREL_PLAN_GUEST_H
#define CARREL_PLAN_GUEST_H

#include "config.h"

/* GUEST_RUN_DIR/UID, root's, where that user reaches what is in it, and carrel-admin: the guest of
 * one user while it runs, or last ran. */
#define GUEST_RUN_DIR "/run/carrel/guests"
/* In it: flock(2)ed as long as the guest lives; how it is, as JSON; ssh's key and known_hosts; and
 * the socket where guest-launch hands out connections to the guest's sshd. */
#define GUEST_LOCK        "lock"
#define GUEST_STATE       "state"
#define GUEST_KEY         "key"
#define GUEST_KNOWN_HOSTS "known_hosts"
#define GUEST_CONNECT     "connect"
/* There while a guest is stopping, once the next one has been asked for. */
#define GUEST_NEXT "next"
/* There from the moment that a login has ordered a guest on until guest-launch sees to it: where
 * there is neither this nor GUEST_OWNER, nothing starts one. */
#define GUEST_ORDERED "ordered"
/* There as long as the guest lives: the name of its user, who had that uid when it was started. */
#define GUEST_OWNER "owner"

/* The mode of GUEST_RUN_DIR and of the folder of the guests' disks, which belong to root and which
 * carrel-admin may list. share.h says who may read what is in them. */
enum { GUEST_TOP_MODE = 0751 };

/* Of the guests' own folders, as stat(2) has it: the ACL's rights are the group's there. */
enum { GUEST_FOLDER_MODE = 0710 };

/* In GUEST_STATE, as guest-launch writes it, of a guest that is going down. No text in there can
 * have it: quotes are escaped in JSON. */
#define GUEST_STATE_STOPPING "\"state\":\"stopping\""

/* What the guest is called in known_hosts. */
#define GUEST_HOST_NAME "carrel-guest"

#define GUEST_LAUNCH CARREL_LIBEXECDIR "/guest-launch"
#define GUEST_ATTACH CARREL_LIBEXECDIR "/guest-attach"
/* guest-attach, by the name under which ssh asks it for the connection. */
#define GUEST_CONNECTOR CARREL_LIBEXECDIR "/guest-connect"

/* The same, which takes the ports that sshd forwards on into the guest. */
#define GUEST_FORWARDER CARREL_LIBEXECDIR "/guest-forward"

#define GUEST_SSH "/usr/bin/ssh"

/* Where the view of a login that ends in a guest has its /proc, in a folder of root's: /proc leads
 * there, and users nowhere. */
#define GUEST_VIEW_PROC "/var/proc"

/* Of a home: where sshd makes agents' sockets (OpenSSH 10.1 and later). */
#define GUEST_AGENT_DIR ".ssh/agent"

#endif
