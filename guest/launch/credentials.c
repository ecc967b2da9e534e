// SPDX-License-Identifier: MIT
#include "credentials.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

#define STRICT LETTERS DIGITS "_-"

void guest_user_name(const char *user, char ret_name[static GUEST_USER_SIZE])
{
	bool begins = user[0] != '\0' && strchr(LETTERS "_", user[0]);
	int length = snprintf(ret_name, GUEST_USER_SIZE, "%s%s", begins ? "" : "_", user);

	for (int i = 0; i < length && ret_name[i]; i++)
		if (!strchr(STRICT, ret_name[i]))
			ret_name[i] = '_';
}

void guest_machine_name(const char *user, char ret_name[static GUEST_MACHINE_SIZE])
{
	size_t length;

	snprintf(ret_name, GUEST_MACHINE_SIZE, "carrel-%s", user);
	for (char *p = ret_name; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
		else if (!strchr(LETTERS DIGITS, *p))
			*p = '-';
	}
	for (length = strlen(ret_name); ret_name[length - 1] == '-'; length--)
		ret_name[length - 1] = '\0';
}

static bool is_name(const char *name)
{
	char in_guest[GUEST_USER_SIZE] = "";

	if (name)
		guest_user_name(name, in_guest);
	return name && strcmp(name, in_guest) == 0;
}

/* Returns whether @home can stand in the credentials as it is, with nothing that quoting or
 * specifiers would change. */
static bool is_home(const char *home)
{
	return home && home[0] == '/' && home[1] &&
	       strspn(home, LETTERS DIGITS "/_-.+@") == strlen(home) && !strstr(home, "/..");
}

static char *encode_base64(const char *text)
{
	static const char alphabet[] = LETTERS DIGITS "+/";
	size_t size = strlen(text);
	char *out = malloc((size + 2) / 3 * 4 + 1), *p = out;

	for (size_t i = 0; out && i < size; i += 3) {
		uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;

		bits |= i + 1 < size ? (uint32_t)(unsigned char)text[i + 1] << 8 : 0;
		bits |= i + 2 < size ? (uint32_t)(unsigned char)text[i + 2] : 0;
		*p++ = alphabet[bits >> 18];
		*p++ = alphabet[bits >> 12 & 63];
		*p++ = i + 1 < size ? alphabet[bits >> 6 & 63] : '=';
		*p++ = i + 2 < size ? alphabet[bits & 63] : '=';
	}
	if (out)
		*p = '\0';
	return out;
}

/* Makes a sealed file that holds @text, and frees @text. Returns a descriptor or -errno. */
static int file_of(char *text)
{
	cleanup_free char *owned = text;
	cleanup_close int fd = memfd_create("credential", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0 || !owned)
		return fd < 0 ? -errno : -ENOMEM;
	r = fd_write_all(fd, owned, strlen(owned));
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	return fd_take(&fd);
}

/* A guest is the user's own machine: they may use sudo, where the image has it. */
static char *sysusers_text(
	const struct policy_login *login, const char *user, const char *group, const char *home)
{
	char *text = NULL;

	return asprintf(&text,
		       "g %s %u\n"
		       "u %s %u:%u \"%s\" %s /bin/bash\n"
		       "m %s sudo\n",
		       group, (unsigned)login->gid, user, (unsigned)login->uid,
		       (unsigned)login->gid, user, home, user) < 0
		       ? NULL
		       : text;
}

/* All files of carrel are in /run/carrel, but for the one that leads sshd there. */
static char *tmpfiles_text(const struct policy_login *login, const char *user,
	const struct guest_keys *keys, const char *home)
{
	static const char sshd[] = "# Of carrel, at each boot.\n"
				   "HostKey /run/carrel/host_key\n"
				   "AuthorizedKeysFile .ssh/authorized_keys "
				   "/run/carrel/authorized_keys/%u\n";
	cleanup_free char *config = encode_base64(sshd);
	cleanup_free char *host_key = encode_base64(keys->host_private);
	cleanup_free char *user_key = encode_base64(keys->user_public);
	unsigned uid = (unsigned)login->uid, gid = (unsigned)login->gid;
	char *text = NULL;

	if (!config || !host_key || !user_key)
		return NULL;
	return asprintf(&text,
		       "d /run/carrel 0755 root root\n"
		       "d /run/carrel/authorized_keys 0755 root root\n"
		       "f+~ /run/carrel/authorized_keys/%s 0644 root root - %s\n"
		       "f+~ /run/carrel/host_key 0600 root root - %s\n"
		       "f+~ /etc/ssh/sshd_config.d/00-carrel.conf 0644 root root - %s\n"
		       "d %s 0755 %u %u\n"
		       "C %s/.bashrc 0644 %u %u - /etc/skel/.bashrc\n"
		       "C %s/.profile 0644 %u %u - /etc/skel/.profile\n",
		       user, user_key, host_key, config, home, uid, gid, home, uid, gid, home, uid,
		       gid) < 0
		       ? NULL
		       : text;
}

int guest_credentials_make(const struct policy_login *login, const char *user,
	const struct guest_keys *keys, struct guest_credentials *ret_credentials,
	struct carrel_error *err)
{
	const char *group = is_name(login->group) ? login->group : user;
	cleanup_free char *fallback = NULL;
	const char *home = login->home;
	cleanup_close int users = -EBADF;
	cleanup_close int files = -EBADF;

	if (!is_home(home)) {
		if (asprintf(&fallback, "/home/%s", user) < 0) {
			fallback = NULL;
			return error_set(err, -ENOMEM, "credentials");
		}
		home = fallback;
	}
	users = file_of(sysusers_text(login, user, group, home));
	files = users < 0 ? users : file_of(tmpfiles_text(login, user, keys, home));
	if (files < 0)
		return error_set(err, files, "credentials of user %s's guest", login->user);
	*ret_credentials = (struct guest_credentials){fd_take(&users), fd_take(&files)};
	return 0;
}
