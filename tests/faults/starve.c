// SPDX-License-Identifier: MIT
/*
 * starve.c - stands before the allocator's own functions, for the whole program: the module, libpam
 * and the C library get them from here.
 */
#include "faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <iniparser/iniparser.h>
#include <stdlib.h>

#define VISIBLE __attribute__((visibility("default")))

#ifdef __SANITIZE_ADDRESS__
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *old, size_t size);

static bool counting;
static long counted, refused_at;

void starve_begin(long index)
{
	counted = 0;
	refused_at = index;
	counting = true;
}

long starve_end(void)
{
	counting = false;
	return counted;
}

static bool refused(void)
{
	if (!counting || ++counted != refused_at)
		return false;
	errno = ENOMEM;
	return true;
}

VISIBLE void *malloc(size_t size)
{
	return refused() ? NULL : REAL(malloc)(size);
}

VISIBLE void *calloc(size_t count, size_t size)
{
	return refused() ? NULL : REAL(calloc)(count, size);
}

VISIBLE void *realloc(void *old, size_t size)
{
	return refused() ? NULL : REAL(realloc)(old, size);
}

/* iniparser 4.1 uses what calloc(3) gave without looking; that is not carrel's to test. */
VISIBLE dictionary *iniparser_load(const char *path)
{
	static dictionary *(*real)(const char *);
	bool before = counting;
	dictionary *dict;

	counting = false;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "iniparser_load");
	dict = real(path);
	counting = before;
	return dict;
}
