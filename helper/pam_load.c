// SPDX-License-Identifier: MIT
#include "pam_load.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "pam_edit.h"

#include <dlfcn.h>
#include <glob.h>
#include <string.h>

/* Where the distributions keep PAM's modules; pam_permit.so tells which of them libpam reads. */
static const char *const folders[] = {
	"/usr/lib/*/security",
	"/lib/*/security",
	"/usr/lib64/security",
	"/lib64/security",
	"/usr/lib/security",
	"/lib/security",
};

static void globfreep(glob_t *found)
{
	globfree(found);
}

static int search(const char *root, const char *folder, char **ret_path, struct carrel_error *err)
{
	cleanup(globfreep) glob_t found = {0};
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
			error_set(err, -ENOENT, "%s", path);
			error_why(err, "it is not installed; install carrel, then run carrel setup");
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
	if (strcmp(root, "/") == 0)
		root = "";
	error_set(err, -ENOENT, "%s", PAM_MODULE);
	error_why(err, "there is no folder of PAM modules below %s/usr/lib", root);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		int r = search(root, folders[i], ret_path, err);

		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

int pam_try_module(const char *path, struct carrel_error *err)
{
	static const char *const entry[] = {
		"pam_sm_acct_mgmt",
		"pam_sm_open_session",
		"pam_sm_close_session",
	};
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!module) {
		error_set(err, -ENOEXEC, "%s", path);
		return error_why(err, "it cannot be loaded: %s", dlerror());
	}
	for (size_t i = 0; i < sizeof(entry) / sizeof(entry[0]); i++)
		if (!dlsym(module, entry[i])) {
			dlclose(module);
			error_set(err, -ENOEXEC, "%s", path);
			return error_why(err, "it has no %s", entry[i]);
		}
	dlclose(module);
	return 0;
}
