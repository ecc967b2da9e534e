// SPDX-License-Identifier: MIT
/*
 * doctor_sshd.c - does sshd open PAM sessions at all?
 */
#include "base/cleanup.h"
#include "capture.h"
#include "doctor.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define SSHD_PATH "/usr/sbin/sshd"

enum { SSHD_USEC = 20 * 1000 * 1000 };

/* The value of "KEY VALUE" in what sshd -T prints, "" where it is not there. */
static const char *setting(const char *text, const char *key, char *buf, size_t size)
{
	size_t length = strlen(key);

	buf[0] = '\0';
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, key, length) == 0 && line[length] == ' ') {
			const char *value = line + length + 1;

			snprintf(buf, size, "%.*s", (int)strcspn(value, "\n"), value);
			break;
		}
	return buf;
}

static void judge(struct doctor *doctor, const char *text)
{
	char value[64];

	if (strcmp(setting(text, "usepam", value, sizeof(value)), "yes") != 0)
		doctor_add(doctor, DOCTOR_FAIL, "sshd", "set UsePAM yes in sshd_config",
			"UsePAM is %s: SSH logins never reach carrel",
			value[0] ? value : "not known");
	else
		doctor_add(doctor, DOCTOR_OK, "sshd", NULL, "UsePAM yes");
	/* OpenSSH 9.9 and later can name another service. */
	setting(text, "pamservicename", value, sizeof(value));
	if (value[0] && strcmp(value, "sshd") != 0)
		doctor_add(doctor, DOCTOR_WARN, "sshd", "set PAMServiceName sshd",
			"PAMServiceName is %s, which carrel setup does not wire", value);
	doctor_attach_sftp(doctor, setting(text, "subsystem", value, sizeof(value)));
}

void doctor_sshd(struct doctor *doctor)
{
	char *const argv[] = {SSHD_PATH, "-T", NULL};
	cleanup_free char *text = NULL;
	int status = 0, r;

	if (access(SSHD_PATH, F_OK) < 0) {
		doctor_add(doctor, DOCTOR_OK, "sshd", NULL, "not installed");
		return;
	}
	if (geteuid() != 0) {
		doctor_add(doctor, DOCTOR_WARN, "sshd", "run carrel doctor as root",
			"its configuration can be read by root only");
		return;
	}
	r = capture(SSHD_PATH, argv, deadline_in(SSHD_USEC), &text, &status);
	if (r < 0)
		doctor_add(doctor, DOCTOR_WARN, "sshd", NULL, "%s -T: %s", SSHD_PATH,
			strerrordesc_np(-r));
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		/* Also where it has never been started: /run/sshd is its unit's. */
		doctor_add(doctor, DOCTOR_WARN, "sshd", "start sshd, or repair sshd_config",
			"%s -T: %.*s", SSHD_PATH, (int)strcspn(text, "\r\n"), text);
	else
		judge(doctor, text);
}
