// SPDX-License-Identifier: MIT
/*
 * session.c - checks what sessions need besides PAM, and what they have left.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/machine.h"
#include "config.h"
#include "doctor.h"
#include "policy/account.h"
#include "session/inventory.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define INIT_PATH CARREL_LIBEXECDIR "/session-init"
#define DROP_IN   "systemd/system/user@.service.d/50-carrel.conf"
#define RESCUE    "systemd/system/user-rescue-.slice.d/50-carrel.conf"

/* Returns true if @fd is an ELF program that asks for no interpreter. */
static bool is_static(int fd)
{
	Elf64_Ehdr head;

	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) ||
		memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		off_t offset = (off_t)(head.e_phoff + (Elf64_Off)i * sizeof(Elf64_Phdr));
		Elf64_Phdr segment;

		if (pread(fd, &segment, sizeof(segment), offset) != sizeof(segment) ||
			segment.p_type == PT_INTERP)
			return false;
	}
	return true;
}

static void check_program(struct doctor *doctor, const char *what, const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const char *wrong = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		doctor_add(doctor, DOCTOR_FAIL, what, "install carrel again", "%s: %s", path,
			strerrordesc_np(errno));
		return;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & S_IXUSR))
		wrong = "is not executable";
	else if (!fd_stat_trusted(&st))
		wrong = "can be changed by others than root";
	else if (!is_static(fd))
		wrong = "is not a static program";
	doctor_add(doctor, wrong ? DOCTOR_FAIL : DOCTOR_OK, what,
		wrong ? "install carrel again" : NULL, "%s%s%s", path, wrong ? " " : "",
		wrong ? wrong : "");
}

void doctor_init(struct doctor *doctor)
{
	check_program(doctor, "session-init", INIT_PATH);
	check_program(doctor, "keeper", CARREL_LIBEXECDIR "/keeper");
}

/*
 * Looks for user managers that must not run. The condition is asked when a manager starts: one that
 * ran before carrel was installed, or before the policy named its user, goes on outside of the
 * carrel.
 */
static void check_running_managers(struct doctor *doctor)
{
	glob_t found = {0};

	if (glob("/sys/fs/cgroup/user.slice/user-*.slice/user@*.service", GLOB_NOSORT, NULL,
		    &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct host_config config;
		struct account account;
		bool hidden = false;
		unsigned uid;

		if (sscanf(strrchr(found.gl_pathv[i], '/'), "/user@%u.service", &uid) != 1 ||
			account_find_uid(uid, &account, NULL) < 0)
			continue;
		(void)host_config_load(POLICY_HOST_INI, &config, NULL, NULL);
		if (!account_exemption(&config, &account.login)[0] &&
			policy_user_manager_hidden(
				POLICY_DIR, &account.login, config.unmatched, &hidden, NULL) < 0)
			hidden = true;
		host_config_free(&config);
		if (hidden)
			doctor_add(doctor, DOCTOR_FAIL, "user manager",
				"systemctl stop user@UID.service",
				"the manager of %s (uid %u) started before the policies hid it, and "
				"still runs outside of the carrel",
				account.name, uid);
		account_free(&account);
	}
	globfree(&found);
}

/* Checks that the drop-in that systemd reads, the first in the order of systemd.unit(5), holds
 * @text. @harm says what comes of it where it does not. */
static void check_drop_in(struct doctor *doctor, const char *what, const char *name,
	const char *text, const char *harm)
{
	static const char *const folder[] = {"/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"};

	for (size_t i = 0; i < sizeof(folder) / sizeof(folder[0]); i++) {
		cleanup_free char *present = NULL;
		char path[256];

		snprintf(path, sizeof(path), "%s/%s", folder[i], name);
		if (fd_read_file(AT_FDCWD, path, 65536, &present) < 0)
			continue;
		if (strstr(present, text))
			doctor_add(doctor, DOCTOR_OK, what, NULL, "%s", path);
		else
			doctor_add(doctor, DOCTOR_FAIL, what, "remove that file",
				"%s hides carrel's: %s", path, harm);
		return;
	}
	doctor_add(doctor, DOCTOR_FAIL, what, "install carrel again", "there is no %s: %s", name,
		harm);
}

void doctor_rescue(struct doctor *doctor)
{
	if (machine_runs_systemd())
		check_drop_in(doctor, "rescue sessions", RESCUE, "StopWhenUnneeded=no",
			"memory that one of them leaves does not count against the next");
}

void doctor_manager(struct doctor *doctor)
{
	if (!machine_runs_systemd()) {
		doctor_add(doctor, DOCTOR_OK, "user manager", NULL, "systemd does not run here");
		return;
	}
	check_running_managers(doctor);
	check_drop_in(doctor, "user manager", DROP_IN, "carrel condition user-manager",
		"units in a user's home run unconfined");
}

static bool has_record(const struct inventory *inventory, pid_t pid)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (inventory->session[i].alive && inventory->session[i].record.init.pid == pid)
			return true;
	return false;
}

/* Returns true if @pid runs session-init, even a version that has been replaced since. */
static bool runs_session_init(int proc, const char *pid)
{
	char path[NAME_MAX + 8], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/exe", pid);
	n = readlinkat(proc, path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return strcmp(target, INIT_PATH) == 0 || strcmp(target, INIT_PATH " (deleted)") == 0;
}

static size_t count_strays(const struct inventory *inventory, pid_t *ret_first)
{
	cleanup_closedir DIR *proc = opendir("/proc");
	size_t strays = 0;

	if (!proc)
		return 0;
	for (struct dirent *entry; (entry = readdir(proc));) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 0 || !runs_session_init(dirfd(proc), entry->d_name) ||
			has_record(inventory, pid))
			continue;
		if (strays++ == 0)
			*ret_first = pid;
	}
	return strays;
}

/* Keeps the first line of a sweep. */
static void keep_line(void *data, const char *line)
{
	char *first = data;

	if (!first[0])
		snprintf(first, NAME_MAX, "%s", line);
}

void doctor_strays(struct doctor *doctor)
{
	char left[NAME_MAX] = "";
	struct inventory inventory = {0};
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	size_t strays;
	pid_t first = 0;
	int count;

	if (geteuid() != 0) {
		doctor_add(doctor, DOCTOR_WARN, "sessions", "run carrel doctor as root",
			"only root can see them");
		return;
	}
	count = inventory_sweep((uid_t)-1, true, keep_line, left, &err);
	if (count < 0 || inventory_load((uid_t)-1, &inventory, &err) < 0) {
		doctor_add(doctor, DOCTOR_FAIL, "sessions", NULL, "%s",
			error_format(&err, text, sizeof(text)));
		return;
	}
	strays = count_strays(&inventory, &first);
	if (count > 0)
		doctor_add(doctor, DOCTOR_WARN, "sessions", "carrel gc",
			"dead sessions left %d thing%s, the first being %s", count,
			count == 1 ? "" : "s", left);
	if (strays > 0)
		doctor_add(doctor, DOCTOR_WARN, "sessions",
			"they end with their last login; kill them if that is gone",
			"%zu session-init without a record, the first being pid %d", strays,
			(int)first);
	if (count == 0 && strays == 0)
		doctor_add(doctor, DOCTOR_OK, "sessions", NULL, "%zu, nothing left behind",
			inventory.count);
	inventory_free(&inventory);
}
