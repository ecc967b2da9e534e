// SPDX-License-Identifier: MIT
#include "session/heir.h"

#include <stddef.h>
#include <sys/mman.h>

struct heir_mark {
	bool own;
};

struct heir_mark *heir_mark_new(void)
{
	struct heir_mark *mark = mmap(
		NULL, sizeof(*mark), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mark == MAP_FAILED)
		return NULL;
	if (madvise(mark, sizeof(*mark), MADV_WIPEONFORK) < 0) {
		heir_mark_free(mark);
		return NULL;
	}
	mark->own = true;
	return mark;
}

bool heir_mark_is_inherited(const struct heir_mark *mark)
{
	return mark && !mark->own;
}

void heir_mark_free(struct heir_mark *mark)
{
	if (mark)
		munmap(mark, sizeof(*mark));
}
