// SPDX-License-Identifier: MIT
#include "credentials.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "guest/door/door.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

#define STRICT LETTERS DIGITS "_-"

#define DOOR "/run/carrel/door"

/* Made by the linker out of build/guest-door. */
extern const char _binary_guest_door_start[], _binary_guest_door_end[];

/* What is logged in has units of its own (pam_systemd), and outlives the door's. $SSHD_OPTS is
 * Debian's, and nothing elsewhere. */
static const char door_unit[] = "[Unit]\n"
				"Description=The door before sshd, where carrel lets logins in\n"
				"After=nss-user-lookup.target auditd.service\n"
				"StartLimitIntervalSec=0\n"
				"\n"
				"[Service]\n"
				"EnvironmentFile=-/etc/default/ssh\n"
				"ExecStart=" DOOR " /run/credentials/@system/" GUEST_DOOR_SECRET
				" /usr/sbin/sshd -i $SSHD_OPTS\n"
				"KillMode=process\n"
				"Restart=always\n"
				"TasksMax=infinity\n";

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

static char *encode_base64(const void *bytes, size_t size)
{
	static const char alphabet[] = LETTERS DIGITS "+/";
	const unsigned char *text = bytes;
	char *out = malloc((size + 2) / 3 * 4 + 1), *p = out;

	for (size_t i = 0; out && i < size; i += 3) {
		uint32_t bits = (uint32_t)text[i] << 16;

		bits |= i + 1 < size ? (uint32_t)text[i + 1] << 8 : 0;
		bits |= i + 2 < size ? (uint32_t)text[i + 2] : 0;
		*p++ = alphabet[bits >> 18];
		*p++ = alphabet[bits >> 12 & 63];
		*p++ = i + 1 < size ? alphabet[bits >> 6 & 63] : '=';
		*p++ = i + 2 < size ? alphabet[bits & 63] : '=';
	}
	if (out)
		*p = '\0';
	return out;
}

/* Makes a sealed file that holds @bytes. Returns a descriptor or -errno. */
static int file_of(const void *bytes, size_t size)
{
	cleanup_close int fd = memfd_create("credential", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, bytes, size);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	return fd_take(&fd);
}

/* Makes a sealed file that holds @text, and frees @text; NULL is no memory. Returns a descriptor or
 * -errno. */
static int file_of_text(char *text)
{
	cleanup_free char *owned = text;

	return owned ? file_of(owned, strlen(owned)) : -ENOMEM;
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
	const struct guest_keys *keys, const char *home, const char *door)
{
	static const char sshd[] = "# Of carrel, at each boot.\n"
				   "HostKey /run/carrel/host_key\n"
				   "AuthorizedKeysFile .ssh/authorized_keys "
				   "/run/carrel/authorized_keys/%u\n";
	cleanup_free char *config = encode_base64(sshd, strlen(sshd));
	cleanup_free char *host_key = encode_base64(keys->host_private, strlen(keys->host_private));
	cleanup_free char *user_key = encode_base64(keys->user_public, strlen(keys->user_public));
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
		       "C %s/.profile 0644 %u %u - /etc/skel/.profile\n"
		       "%s",
		       user, user_key, host_key, config, home, uid, gid, home, uid, gid, home, uid,
		       gid, door) < 0
		       ? NULL
		       : text;
}

/* The program itself, for that unit. */
static char *door_line(void)
{
	size_t size =
		(size_t)((uintptr_t)_binary_guest_door_end - (uintptr_t)_binary_guest_door_start);
	cleanup_free char *program = encode_base64(_binary_guest_door_start, size);
	char *text = NULL;

	if (!program || asprintf(&text, "f+~ " DOOR " 0755 root root - %s\n", program) < 0)
		return NULL;
	return text;
}

static int make_door(const unsigned char *secret, struct guest_credentials *credentials)
{
	credentials->unit_fd = file_of(door_unit, strlen(door_unit));
	if (credentials->unit_fd < 0)
		return credentials->unit_fd;
	credentials->secret_fd = file_of(secret, DOOR_SECRET_SIZE);
	return credentials->secret_fd < 0 ? credentials->secret_fd : 0;
}

static int make_account(const struct policy_login *login, const char *user,
	const struct guest_keys *keys, const char *door, struct guest_credentials *credentials)
{
	const char *group = is_name(login->group) ? login->group : user;
	cleanup_free char *fallback = NULL;
	const char *home = login->home;

	if (!is_home(home)) {
		if (asprintf(&fallback, "/home/%s", user) < 0) {
			fallback = NULL;
			return -ENOMEM;
		}
		home = fallback;
	}
	credentials->sysusers_fd = file_of_text(sysusers_text(login, user, group, home));
	if (credentials->sysusers_fd < 0)
		return credentials->sysusers_fd;
	credentials->tmpfiles_fd = file_of_text(tmpfiles_text(login, user, keys, home, door));
	return credentials->tmpfiles_fd < 0 ? credentials->tmpfiles_fd : 0;
}

int guest_credentials_make(const struct policy_login *login, const char *user,
	const struct guest_keys *keys, const unsigned char *secret,
	struct guest_credentials *ret_credentials, struct carrel_error *err)
{
	struct guest_credentials credentials = GUEST_CREDENTIALS_NONE;
	cleanup_free char *door = secret ? door_line() : strdup("");
	int r = door ? make_account(login, user, keys, door, &credentials) : -ENOMEM;

	if (r == 0 && secret)
		r = make_door(secret, &credentials);
	if (r < 0) {
		guest_credentials_close(&credentials);
		return error_set(err, r, "credentials of user %s's guest", login->user);
	}
	*ret_credentials = credentials;
	return 0;
}

void guest_credentials_close(struct guest_credentials *credentials)
{
	fd_closep(&credentials->sysusers_fd);
	fd_closep(&credentials->tmpfiles_fd);
	fd_closep(&credentials->unit_fd);
	fd_closep(&credentials->secret_fd);
}
