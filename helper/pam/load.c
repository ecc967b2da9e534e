// SPDX-License-Identifier: MIT
#include "load.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "edit.h"
#include "plan/libraries.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/wait.h>

/* The distributions keep PAM's modules here. pam_permit.so tells which of the folders libpam
 * reads. */
static const char *const folders[] = {
	"/usr/lib/*/security",
	"/lib/*/security",
	"/usr/lib64/security",
	"/lib64/security",
	"/usr/lib/security",
	"/lib/security",
};

/* libpam's callers have loaded these before they load any module: libpam, the C library and the
 * loader, by glibc's names for them on all machines. */
static const char *const always_loaded[] = {
	"libpam.so.", "libc.so.", "ld-linux", "ld64.so.", "ld.so."};

static void glob_freep(glob_t *found)
{
	globfree(found);
}

/* Looks for the module in one folder. *named tells that @err names a folder without the module
 * already, as /lib often is /usr/lib. */
static int search_folder(const char *root, const char *folder, bool *named, char **ret_path,
	struct carrel_error *err)
{
	cleanup(glob_freep) glob_t found = {0};
	cleanup_free char *pattern = NULL;

	if (asprintf(&pattern, "%s%s/pam_permit.so", root, folder) < 0)
		return -ENOMEM;
	if (glob(pattern, 0, NULL, &found) != 0)
		return -ENOENT;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *slash = strrchr(found.gl_pathv[i], '/');
		int length = (int)(slash - found.gl_pathv[i]);
		cleanup_free char *path = NULL;
		struct stat st;

		if (asprintf(&path, "%.*s/%s", length, found.gl_pathv[i], PAM_MODULE) < 0)
			return -ENOMEM;
		if (stat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
			if (*named)
				continue;
			*named = true;
			error_set(err, -ENOENT, "%s", path);
			error_why(
				err, "it is not installed; install carrel, then run carrel setup");
			continue;
		}
		if (!fd_stat_trusted(&st) && st.st_uid != geteuid()) {
			error_set(err, -EPERM, "%s", path);
			return error_why(err, "others than root can change it");
		}
		*ret_path = TAKE_PTR(path);
		return 0;
	}
	return -ENOENT;
}

int pam_find_module(const char *root, char **ret_path, struct carrel_error *err)
{
	bool named = false;

	if (strcmp(root, "/") == 0)
		root = "";
	error_set(err, -ENOENT, "%s", PAM_MODULE);
	error_why(err, "there is no folder of PAM modules below %s/usr/lib", root);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		int r = search_folder(root, folders[i], &named, ret_path, err);

		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

/* Loads the module, and writes to @report what is wrong. Runs in a child, since a damaged file can
 * end the process that maps it. */
static int try_module(const char *path, int report)
{
	static const char *const entry[] = {
		"pam_sm_acct_mgmt",
		"pam_sm_open_session",
		"pam_sm_close_session",
	};
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!module) {
		dprintf(report, "%s", dlerror());
		return 1;
	}
	for (size_t i = 0; i < sizeof(entry) / sizeof(entry[0]); i++)
		if (!dlsym(module, entry[i])) {
			dprintf(report, "it has no %s", entry[i]);
			return 1;
		}
	return 0;
}

int pam_try_module(const char *path, struct carrel_error *err)
{
	cleanup_close int reader = -EBADF;
	cleanup_close int writer = -EBADF;
	char reason[CARREL_ERROR_TEXT_MAX] = "";
	int pipes[2], status;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_set(err, -errno, "pipe");
	reader = pipes[0];
	writer = pipes[1];
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return error_set(err, -errno, "fork");
	if (pid == 0)
		_exit(try_module(path, writer));
	fd_closep(&writer);
	/* The child makes one write, of less than a pipe takes at once, or none. */
	if (read(reader, reason, sizeof(reason) - 1) < 0)
		return error_set(err, -errno, "read");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno, "wait");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	error_set(err, -ENOEXEC, "%s", path);
	return error_why(
		err, "it cannot be loaded: %s", reason[0] ? reason : "the file is damaged");
}

static bool is_always_loaded(const char *name)
{
	for (size_t i = 0; i < sizeof(always_loaded) / sizeof(always_loaded[0]); i++)
		if (strncmp(name, always_loaded[i], strlen(always_loaded[i])) == 0)
			return true;
	return false;
}

int pam_check_needs(const char *path, struct carrel_error *err)
{
	const char *excess = NULL;
	char **names = NULL;
	int r = plan_libraries_named(path, &names, err);

	if (r < 0)
		return r;
	for (char **name = names; *name && !excess; name++)
		if (!is_always_loaded(*name))
			excess = *name;
	if (excess) {
		r = error_set(err, -ELIBBAD, "%s", path);
		error_why(err,
			"it needs %s: were that library gone, nobody could log in, root included; "
			"install a carrel that was built for this release",
			excess);
	}
	plan_libraries_free(names);
	return r;
}
