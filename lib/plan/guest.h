/* SPDX-License-Identifier: MIT */
/*
 * guest.h - where the login, guest-launch and guest-attach find a guest.
 */
#ifndef CARREL_PLAN_GUEST_H
#define CARREL_PLAN_GUEST_H

#include "config.h"

/* GUEST_RUN_DIR/UID describes the guest of one user while it runs, or as it last ran. The folder is
 * root's; that user and carrel-admin reach what is in it. */
#define GUEST_RUN_DIR     "/run/carrel/guests"
#define GUEST_LOCK        "lock"        /* flock(2)ed as long as the guest lives */
#define GUEST_STATE       "state"       /* how it is (session/guest_record.h) */
#define GUEST_KEY         "key"         /* by which ssh enters it */
#define GUEST_KNOWN_HOSTS "known_hosts" /* by which ssh knows it */
#define GUEST_CONNECT     "connect"     /* where guest-launch hands out connections to its sshd */
/* This is there while a guest is stopping, once the next one has been asked for. */
#define GUEST_NEXT "next"
/* This is there from the moment at which a login orders a guest until guest-launch takes over.
 * Where there is neither this nor GUEST_OWNER, nothing starts a guest. */
#define GUEST_ORDERED "ordered"
/* This is there as long as the guest lives, and holds the name of its user, who had that uid when
 * it was started. */
#define GUEST_OWNER "owner"

/* GUEST_RUN_DIR and the folder of the guests' disks have this mode: they belong to root, and
 * carrel-admin may list them. share.h says who may read what is in them. */
enum { GUEST_TOP_MODE = 0751 };

/* The folder of each guest has this mode, as stat(2) tells it: the ACL's rights appear as the
 * group's. */
enum { GUEST_FOLDER_MODE = 0710 };

/* The name of the guest in known_hosts. */
#define GUEST_HOST_NAME "carrel-guest"

#define GUEST_LAUNCH CARREL_LIBEXECDIR "/guest-launch"
#define GUEST_ATTACH CARREL_LIBEXECDIR "/guest-attach"
/* This is guest-attach, by the name under which ssh asks it for the connection. */
#define GUEST_CONNECTOR CARREL_LIBEXECDIR "/guest-connect"

/* This is guest-attach, by the name under which it takes the ports that sshd forwards on into the
 * guest. */
#define GUEST_FORWARDER CARREL_LIBEXECDIR "/guest-forward"

#define GUEST_SSH "/usr/bin/ssh"

/* The view of a login that ends in a guest has its /proc here, in a folder that root alone may
 * enter: /proc leads there, and users nowhere. */
#define GUEST_VIEW_PROC "/var/proc"

/* Below a home: where sshd makes agents' sockets (OpenSSH 10.1 and later). */
#define GUEST_AGENT_DIR ".ssh/agent"

#endif
