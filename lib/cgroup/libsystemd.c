// SPDX-License-Identifier: MIT
#include "cgroup/libsystemd.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#define LIBSYSTEMD "libsystemd.so.0"

#define DEFINE(name) typeof(name) *sym_##name;
LIBSYSTEMD_FUNCTIONS(DEFINE)

static const struct {
	const char *name;
	void **function;
} functions[] = {
#define ROW(name) {#name, (void **)&sym_##name},
	LIBSYSTEMD_FUNCTIONS(ROW)};

static char failure[256]; /* "" once all is there */

static void load(void)
{
	void *library = dlopen(LIBSYSTEMD, RTLD_NOW | RTLD_LOCAL);

	failure[0] = '\0';
	for (size_t i = 0; library && i < sizeof(functions) / sizeof(functions[0]); i++) {
		*functions[i].function = dlsym(library, functions[i].name);
		if (!*functions[i].function)
			library = NULL;
	}
	if (!library)
		snprintf(failure, sizeof(failure), "%s", dlerror());
}

int libsystemd_load(struct carrel_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (!failure[0])
		return 0;
	error_set(err, -ELIBACC, LIBSYSTEMD);
	return error_why(err, "%s", failure);
}
