// SPDX-License-Identifier: MIT
/*
 * sshd_config.c - asks sshd for its configuration, and reads its files.
 */
#include "sshd_config.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/program.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define CONFIG_FOLDER "/etc/ssh"
#define CONFIG_FILE   CONFIG_FOLDER "/sshd_config"
/* No user has this name, so only those Match blocks fit that fit everybody else. */
#define NOBODY ":"

enum { ASK_USEC = 20 * 1000 * 1000, FILE_MAX = 1 << 20, INCLUDE_DEPTH = 16 };

int sshd_config_ask(const char *user, struct sshd_config *ret_config, struct carrel_error *err)
{
	cleanup_free char *who = NULL;
	cleanup_free char *text = NULL;
	int status = 0, r;

	/* A comma would end the name and begin another part of the specification. */
	if (user && strchr(user, ','))
		return error_set(err, -EINVAL, "%s -T for user %s", SSHD_PATH, user);
	/* sshd refuses to answer where a Match block asks for what is not given here. */
	if (asprintf(&who,
		    "user=%s,host=doctor.invalid,addr=192.0.2.1,laddr=192.0.2.2,lport=22,rdomain=",
		    user ? user : NOBODY) < 0) {
		who = NULL;
		return error_set(err, -ENOMEM, "%s -T", SSHD_PATH);
	}
	r = program_capture(
		&(struct program){.path = SSHD_PATH,
			.argv = (const char *const[]){SSHD_PATH, "-T", "-C", who, NULL}},
		deadline_in(ASK_USEC), &text, &status);
	if (r < 0)
		return error_set(err, r, "%s -T", SSHD_PATH);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		error_set(err, -EINVAL, "%s -T", SSHD_PATH);
		return error_why(err, "%.*s", (int)strcspn(text, "\r\n"), text);
	}
	ret_config->text = text;
	text = NULL;
	return 0;
}

void sshd_config_free(struct sshd_config *config)
{
	free(config->text);
	config->text = NULL;
}

const char *sshd_config_get(
	const struct sshd_config *config, const char *key, char *buf, size_t size)
{
	size_t length = strlen(key);

	buf[0] = '\0';
	for (const char *line = config->text; *line;
		line += strcspn(line, "\n"), line += *line == '\n')
		if (strncasecmp(line, key, length) == 0 && line[length] == ' ') {
			const char *value = line + length + 1;

			snprintf(buf, size, "%.*s", (int)strcspn(value, "\n"), value);
			break;
		}
	return buf;
}

struct reading {
	bool (*look)(char *line, void *data);
	void *data;
};

static bool read_config(const struct reading *reading, const char *path, int depth);

/* Reads the files of "Include PATTERN…". A relative pattern is beneath /etc/ssh. */
static bool read_included(const struct reading *reading, const char *patterns, int depth)
{
	cleanup_free char *copy = strdup(patterns);
	char *word, *rest = copy;
	bool found = false;

	while (!found && rest && (word = strsep(&rest, SSHD_BLANKS "\""))) {
		cleanup_free char *path = NULL;
		glob_t files = {0};

		if (!*word)
			continue;
		if (asprintf(&path, "%s%s", word[0] == '/' ? "" : CONFIG_FOLDER "/", word) < 0)
			path = NULL;
		if (path && glob(path, 0, NULL, &files) == 0)
			for (size_t i = 0; !found && i < files.gl_pathc; i++)
				found = read_config(reading, files.gl_pathv[i], depth);
		globfree(&files);
	}
	return found;
}

static bool read_config(const struct reading *reading, const char *path, int depth)
{
	cleanup_free char *text = NULL;
	char *line, *rest;
	bool found = false;

	if (depth > INCLUDE_DEPTH || fd_read_file(AT_FDCWD, path, FILE_MAX, &text) < 0)
		return false;
	for (rest = text; !found && (line = strsep(&rest, "\n"));) {
		line += strspn(line, SSHD_BLANKS);
		if (strncasecmp(line, "Include", strlen("Include")) == 0 &&
			strspn(line + strlen("Include"), SSHD_BLANKS "=") > 0)
			found = read_included(reading,
				line + strlen("Include") +
					strspn(line + strlen("Include"), SSHD_BLANKS "="),
				depth + 1);
		else
			found = reading->look(line, reading->data);
	}
	return found;
}

bool sshd_config_any_line(bool (*look)(char *line, void *data), void *data)
{
	return read_config(&(struct reading){look, data}, CONFIG_FILE, 0);
}
