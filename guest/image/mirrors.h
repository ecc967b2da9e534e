/* SPDX-License-Identifier: MIT */
/*
 * mirrors.h - where this machine gets Debian from.
 */
#ifndef CARREL_GUEST_IMAGE_MIRRORS_H
#define CARREL_GUEST_IMAGE_MIRRORS_H

#define MIRROR_SECURITY "http://security.debian.org/debian-security"

enum { MIRRORS_MAX = 8 };

/*
 * The lines of a sources.list for @suite at the machine's own mirrors, NULL-terminated, in @ret
 * (MIRRORS_MAX + 1 pointers; the caller frees each). None where the machine is no Debian, or does
 * not say: mmdebstrap then takes Debian's own. Only of repositories that say themselves to be
 * Debian's archive, main alone, by HTTP and without a password. Returns their number, or -ENOMEM
 * (none to free).
 */
int image_mirrors(const char *suite, char **ret);

#endif
