// SPDX-License-Identifier: MIT
#include "hold.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "folder.h"

#include <fcntl.h>
#include <unistd.h>

enum { HELD_MODE = 0600 };

int guest_hold(uid_t uid, deadline_t deadline, struct carrel_error *err)
{
	cleanup_close int lock = guest_lock_all(deadline, err);
	/* There may be no folder yet that outlives any guest. */
	cleanup_close int top = lock < 0 ? lock : guest_top_open(GUEST_STATE_DIR, err);
	cleanup_close int state =
		top < 0 ? top : guest_folder_open(GUEST_STATE_DIR, uid, true, err);
	int r;

	if (state < 0)
		return state;
	r = fd_replace_file_durably(state, GUEST_HELD, "", HELD_MODE);
	return r < 0 ? error_set(err, r, "hold of uid %u's guest", (unsigned)uid) : 0;
}

int guest_release(uid_t uid, struct carrel_error *err)
{
	cleanup_close int state = guest_folder_open(GUEST_STATE_DIR, uid, false, NULL);

	if (state == -ENOENT)
		return 0;
	if (state < 0 || (unlinkat(state, GUEST_HELD, 0) < 0 && errno != ENOENT))
		return error_set(
			err, state < 0 ? state : -errno, "hold of uid %u's guest", (unsigned)uid);
	return 0;
}

int guest_is_held(int state_fd)
{
	int r = fd_look(state_fd, GUEST_HELD);

	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}
