// SPDX-License-Identifier: MIT
#include "cgroup/systemd/libsystemd.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

#define LIBSYSTEMD "libsystemd.so.0"

#define DEFINE(name) typeof(name) *sym_##name;
LIBSYSTEMD_FUNCTIONS(DEFINE)

static const struct {
	const char *name;
	void **function;
} functions[] = {
#define ROW(name) {#name, (void **)&sym_##name},
	LIBSYSTEMD_FUNCTIONS(ROW)};

static bool find_functions(void *library)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		*functions[i].function = dlsym(library, functions[i].name);
		if (!*functions[i].function)
			return false;
	}
	return true;
}

int libsystemd_load(struct carrel_error *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool loaded;
	void *library = NULL;

	/* A failure may be temporary, so the next call tries again. */
	pthread_mutex_lock(&lock);
	if (!loaded) {
		library = dlopen(LIBSYSTEMD, RTLD_NOW | RTLD_LOCAL);
		loaded = library && find_functions(library);
	}
	if (!loaded) {
		error_set(err, -ELIBACC, LIBSYSTEMD);
		error_why(err, "%s", dlerror());
		if (library)
			dlclose(library);
	}
	pthread_mutex_unlock(&lock);
	return loaded ? 0 : -ELIBACC;
}
