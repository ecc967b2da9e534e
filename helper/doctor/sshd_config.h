/* SPDX-License-Identifier: MIT */
/*
 * sshd_config.h - reads sshd's configuration: the effective one, which sshd itself prints, and the
 * lines of its files.
 */
#ifndef CARREL_HELPER_DOCTOR_SSHD_CONFIG_H
#define CARREL_HELPER_DOCTOR_SSHD_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define SSHD_PATH   "/usr/sbin/sshd"
#define SSHD_BLANKS " \t\r" /* separate the words in its files */

/* This holds what one run of sshd -T has printed. */
struct sshd_config {
	char *text;
};

/*
 * Asks sshd for the configuration of a login of @user, with all Match blocks that fit it; or, where
 * @user is NULL, of users to whom no block applies. The login comes from 192.0.2.1, an address that
 * is reserved for documentation, so blocks that match on real addresses do not count. Needs root,
 * who alone can read the host keys. Returns 0 with *ret_config, which the caller frees with
 * sshd_config_free(); -EINVAL where sshd refuses its configuration, with sshd's first line in @err;
 * -errno.
 */
int sshd_config_ask(const char *user, struct sshd_config *ret_config, struct carrel_error *err);
/* Frees the text. */
void sshd_config_free(struct sshd_config *config);

/*
 * Writes the value of @key to @buf, or "" where sshd does not know the key. Ignores the case of
 * letters: sshd prints keys in lower case, and from OpenSSH 10.4 on as the manual writes them.
 * "subsystem NAME" is a key as well. Returns @buf.
 */
const char *sshd_config_get(
	const struct sshd_config *config, const char *key, char *buf, size_t size);

/* Calls @look with @data and each line of sshd's files, without leading blanks, until it returns
 * true. Follows Include as sshd does, and skips files that it cannot read. Returns whether @look
 * returned true. */
bool sshd_config_any_line(bool (*look)(char *line, void *data), void *data);

#endif
