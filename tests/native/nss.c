// SPDX-License-Identifier: MIT
/*
 * nss.c - a name service that does not answer, as glibc hears of one whose socket is missing: the
 * module libnss_unanswered of nameservice.py.
 */
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <stddef.h>

enum nss_status _nss_unanswered_getpwnam_r(
	const char *name, struct passwd *entry, char *buf, size_t size, int *ret_errno);
enum nss_status _nss_unanswered_getpwuid_r(
	uid_t uid, struct passwd *entry, char *buf, size_t size, int *ret_errno);

enum nss_status _nss_unanswered_getpwnam_r(
	const char *name, struct passwd *entry, char *buf, size_t size, int *ret_errno)
{
	(void)name, (void)entry, (void)buf, (void)size;
	*ret_errno = ENOENT;
	return NSS_STATUS_UNAVAIL;
}

enum nss_status _nss_unanswered_getpwuid_r(
	uid_t uid, struct passwd *entry, char *buf, size_t size, int *ret_errno)
{
	(void)uid, (void)entry, (void)buf, (void)size;
	*ret_errno = ENOENT;
	return NSS_STATUS_UNAVAIL;
}
