// SPDX-License-Identifier: MIT
/*
 * runners.c - looks for programs that run code as users without PAM, and so outside of carrel: mail
 * servers, web servers, other crons, other SSH servers.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "doctor.h"
#include "mail.h"

#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { SETTINGS_BYTES_MAX = 1 << 20 };

struct runner {
	const char *name;
	const char *program; /* a glob(7) that fits where it is installed, or switched on */
	/* This is a function like those of mail.h. NULL: that the program is there is enough. */
	int (*look)(char *ret_detail, size_t size);
	const char *detail; /* NULL: look() tells */
	const char *remedy;
};

static bool is_on_host(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Returns whether a list of users who may do something allows anybody. An empty one does not, and a
 * missing one does. */
static int allows_somebody(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 || st.st_size > 0;
}

/* Returns whether a line of the file has the word, and not only in a comment; or -errno. */
static int file_has(const char *path, const char *word)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	cleanup_free char *text = NULL;
	char *rest, *line;
	size_t size;
	int r = fd < 0 ? -errno : fd_read_all(fd, SETTINGS_BYTES_MAX, &text, &size);

	if (r < 0)
		return r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *found;

		line[strcspn(line, "#")] = '\0';
		found = strstr(line, word);
		if (found && (found == line || isspace((unsigned char)found[-1]) ||
				     strchr("+=", found[-1])))
			return 1;
	}
	return 0;
}

static int incron_allows(char *ret_detail, size_t size)
{
	(void)ret_detail;
	(void)size;
	return allows_somebody("/etc/incron.allow");
}

static int cron_allows(char *ret_detail, size_t size)
{
	(void)ret_detail;
	(void)size;
	return allows_somebody("/etc/cron.allow");
}

/* Returns whether mail is delivered here. Without a mail server nobody but its user starts such a
 * program. */
static int mail_is_delivered(char *ret_detail, size_t size)
{
	(void)ret_detail;
	(void)size;
	return is_on_host("/usr/sbin/sendmail");
}

static int userdir_runs(char *ret_detail, size_t size)
{
	int r = file_has("/etc/apache2/mods-enabled/userdir.conf", "ExecCGI");

	(void)ret_detail;
	(void)size;
	return r == -ENOENT ? 0 : r;
}

static int sieve_runs(char *ret_detail, size_t size)
{
	glob_t found = {0};
	int r = 0;

	(void)ret_detail;
	(void)size;
	if (glob("/etc/dovecot/conf.d/*.conf", 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && r == 0; i++)
			r = file_has(found.gl_pathv[i], "sieve_extprograms");
	globfree(&found);
	return r;
}

static const struct runner runners[] = {
	{"exim4", "/usr/sbin/exim4", mail_exim_runs, NULL,
		"set forbid_pipe and forbid_filter_run in that router"},
	{"postfix", "/usr/sbin/postconf", mail_postfix_runs, NULL,
		"postconf -e 'allow_mail_to_commands = alias'"},
	{"OpenSMTPD", "/usr/sbin/smtpd", NULL, "~/.forward may name programs to run",
		"deliver without the users' .forward files"},
	{"procmail", "/usr/bin/procmail", mail_is_delivered,
		"it runs what ~/.procmailrc names for whoever gets mail",
		"deliver without it, or remove it"},
	{"maildrop", "/usr/bin/maildrop", mail_is_delivered,
		"it runs what ~/.mailfilter names for whoever gets mail",
		"deliver without it, or remove it"},
	{"dovecot", "/usr/bin/doveconf", sieve_runs,
		"sieve_extprograms lets users' Sieve scripts run programs",
		"take it out of sieve_plugins"},
	{"apache2", "/etc/apache2/mods-enabled/suexec.load", NULL,
		"suexec runs programs of users' as these users", "a2dismod suexec"},
	{"apache2", "/etc/apache2/mods-enabled/userdir.load", userdir_runs,
		"userdir.conf has ExecCGI: it runs programs from users' homes",
		"take ExecCGI out of userdir.conf"},
	{"incron", "/usr/sbin/incrond", incron_allows, "it runs users' jobs without PAM",
		"leave /etc/incron.allow empty"},
	{"systemd-cron", "/usr/lib/systemd/system-generators/systemd-crontab-generator",
		cron_allows, "users' crontabs run as units of the system's, without PAM",
		"install cron, or leave /etc/cron.allow empty"},
	{"slurmd", "/usr/sbin/slurmd", NULL, "it runs users' jobs without a PAM session",
		"bound them by Slurm's own cgroups"},
	{"dropbear", "/usr/sbin/dropbear", NULL, "its logins open no PAM session", "use sshd"},
	{"tinyssh", "/usr/sbin/tinysshd", NULL, "its logins open no PAM session", "use sshd"},
	{"jupyterhub", "/{usr,usr/local,opt/tljh/hub}/bin/jupyterhub", NULL,
		"it runs notebooks as users, and not in their sessions",
		"have its spawner start them in user-UID.slice"},
};

static bool runner_is_installed(const struct runner *runner)
{
	glob_t found = {0};
	bool there = glob(runner->program, GLOB_BRACE, NULL, &found) == 0;

	globfree(&found);
	return there;
}

void doctor_runners(struct doctor *doctor)
{
	size_t before = doctor->count;

	for (size_t i = 0; i < sizeof(runners) / sizeof(runners[0]); i++) {
		const struct runner *runner = &runners[i];
		char detail[256] = "";
		int r = !runner_is_installed(runner) ? 0
			: runner->look               ? runner->look(detail, sizeof(detail))
						     : 1;

		if (r < 0)
			doctor_add(doctor, DOCTOR_WARN, "outside of PAM",
				"run carrel doctor as root", "%s: its settings cannot be read: %s",
				runner->name, strerrordesc_np(-r));
		else if (r > 0)
			doctor_add(doctor, DOCTOR_WARN, "outside of PAM", runner->remedy,
				"%s: %s, outside of carrel", runner->name,
				runner->detail ? runner->detail : detail);
	}
	if (doctor->count == before)
		doctor_add(doctor, DOCTOR_OK, "outside of PAM", NULL,
			"no program is installed that is known to run code as users without PAM");
}
