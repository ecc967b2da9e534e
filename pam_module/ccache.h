/* SPDX-License-Identifier: MIT */
/*
 * ccache.h - carries a Kerberos credential cache into a session.
 *
 * sshd (GSSAPI), pam_krb5 and pam_sss write it before the session opens, mostly to /tmp, which a
 * private /tmp covers. KRB5CCNAME in PAM's environment names it ("FILE:PATH").
 */
#ifndef CARREL_PAM_MODULE_CCACHE_H
#define CARREL_PAM_MODULE_CCACHE_H

#include "base/error.h"

#include <security/pam_modules.h>
#include <stddef.h>
#include <sys/types.h>

struct ccache {
	char path[512]; /* "" where a session hides no cache */
	char *bytes;    /* NULL: it cannot be carried */
	size_t size;
	uid_t uid;
	gid_t gid;
};

/*
 * Reads the cache of a login on the host's side, with the user's rights alone: only a regular file
 * of the user's own, of bounded size, right in /tmp or /var/tmp, and no link. Returns 0, also where
 * there is none; -errno and @err. *ret_cache is freed with ccache_free() in any case.
 */
int ccache_read(pam_handle_t *pamh, uid_t uid, gid_t gid, struct ccache *ret_cache,
	struct carrel_error *err);

/*
 * Writes the cache under the same name in the session's own folder, if the session does not see it
 * where it is. To be called in the session's mount namespace, before anything of the user's runs
 * there. Returns 0, or -errno and @err, also for a cache that is hidden and could not be read.
 */
int ccache_write(const struct ccache *cache, struct carrel_error *err);

/* Frees the bytes of the cache, after having wiped them. */
void ccache_free(struct ccache *cache);

#endif
