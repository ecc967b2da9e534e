/* SPDX-License-Identifier: MIT */
/*
 * qmp.h - QEMU's machine protocol (docs/interop/qmp-spec): JSON objects, one on each line, with
 * events between the answers at any time. Nothing here waits.
 */
#ifndef CARREL_GUEST_SUPERVISOR_QMP_H
#define CARREL_GUEST_SUPERVISOR_QMP_H

#include <jansson.h>
#include <stddef.h>

/* Holds a connection to QEMU. The caller sets @fd, @event, @answer and @context. */
struct qmp {
	int fd; /* the caller's, non-blocking */
	char *text;
	size_t used, room;
	/* Is called with an event; @data is the event's, or NULL. */
	void (*event)(void *context, const char *name, json_t *data);
	/* Is called with the answer to the command @id ("query-kvm"): with its @value, or with
	 * @error, a description, where it failed. */
	void (*answer)(void *context, const char *id, json_t *value, const char *error);
	void *context;
};

/* Sends the command @command, whose id is its name. Returns 0 or -errno; -EAGAIN where QEMU does
 * not read. */
int qmp_send(struct qmp *qmp, const char *command);

/* Reads what there is, and calls event() and answer() for it. The greeting is answered here, with
 * qmp_capabilities. Returns 0; -EPIPE at the end; -EBADMSG where it is not QMP; -ENOMEM; or another
 * -errno. */
int qmp_read(struct qmp *qmp);

/* Frees what has been read; the descriptor stays open. */
void qmp_free(struct qmp *qmp);

#endif
