// SPDX-License-Identifier: MIT
/*
 * By vsock, whoever else on the host connects at the same moment may have filled the door's queue,
 * or be so many that ours has to go as the oldest of them, before our secret has come. The next try
 * gets through.
 */
#include "way_in.h"
#include "guest.h"

#include <unistd.h>

enum { TRIES = 32 };

static int way_dial(struct guest *guest, struct way_in *way)
{
	int r = dial_begin(guest->record.cid, guest->record.port, &way->dial);

	if (r < 0)
		return r;
	r = loop_watch(&guest->loop, way->dial.fd, dial_awaits(&way->dial), way->run, guest);
	if (r < 0)
		way_in_end(guest, way);
	return r;
}

int way_in_begin(struct guest *guest, struct way_in *way, loop_fn *run)
{
	*way = (struct way_in){.dial = DIAL_NONE, .run = run};
	return way_dial(guest, way);
}

int way_in_go_on(struct guest *guest, struct way_in *way)
{
	int r = way->through ? 0 : dial_go_on(&way->dial, guest->record.cid ? guest->secret : NULL);

	/* While it boots there is nobody yet, and the probe tries again by itself. */
	if (r == -ECONNRESET && guest->state == GUEST_READY && way->tries++ < TRIES) {
		way_in_end(guest, way);
		r = way_dial(guest, way);
		return r < 0 ? r : -EINPROGRESS;
	}
	way->through = r == 0;
	if (r == 0 || r == -EINPROGRESS)
		loop_change(&guest->loop, way->dial.fd, r == 0 ? POLLIN : dial_awaits(&way->dial));
	return r;
}

void way_in_end(struct guest *guest, struct way_in *way)
{
	if (way->dial.fd < 0)
		return;
	loop_forget(&guest->loop, way->dial.fd);
	close(way->dial.fd);
	way->dial = DIAL_NONE;
}
