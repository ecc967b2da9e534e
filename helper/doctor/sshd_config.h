/* SPDX-License-Identifier: MIT */
/*
 * sshd_config.h - sshd's configuration: what is effective, as sshd itself tells it, and for whom
 * its files make a difference.
 */
#ifndef CARREL_HELPER_DOCTOR_SSHD_CONFIG_H
#define CARREL_HELPER_DOCTOR_SSHD_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define SSHD_PATH   "/usr/sbin/sshd"
#define SSHD_BLANKS " \t\r" /* what separates the words of its files */

/* What one sshd -T has printed. */
struct sshd_config {
	char *text;
};

/*
 * Asks sshd what holds for a login of @user, with all Match blocks that fit it, or, where @user is
 * NULL, for users whom no block singles out. The login comes from 192.0.2.1, an address of the
 * documentation's: what a block says that matches on real addresses is not in the answer. Needs
 * root, who alone can read the host keys. Returns 0 and *ret_config (free with sshd_config_free());
 * -EINVAL where sshd refuses its configuration, with the first line that it said in @err; -errno.
 */
int sshd_config_ask(const char *user, struct sshd_config *ret_config, struct carrel_error *err);
void sshd_config_free(struct sshd_config *config);

/*
 * The value of @key in @buf, "" where sshd does not know it. sshd prints keys in lower case,
 * OpenSSH 10.4 and later as the manual writes them: any case fits. "subsystem NAME" is a key, too.
 */
const char *sshd_config_get(
	const struct sshd_config *config, const char *key, char *buf, size_t size);

/* Calls @look with each line of sshd's files, Include followed as sshd does, without the blanks
 * before it, until one returns true; whether one did. Files that cannot be read are passed over. */
bool sshd_config_any_line(bool (*look)(char *line, void *data), void *data);

#endif
