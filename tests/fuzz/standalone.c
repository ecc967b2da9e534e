// SPDX-License-Identifier: MIT
/*
 * standalone SECONDS FILE…: libFuzzer's part where the compiler has none. Runs the files as they
 * are, then pieces of them put together at random, always the same ones.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIZE_MAX_IN = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t data[SIZE_MAX_IN];
	size_t size;
};

static uint64_t state = 1;

static size_t any(size_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? state % below : 0;
}

/* The first part of one and the last part of another, with a few bytes changed. */
static void cross(const struct input *a, const struct input *b, struct input *ret)
{
	static const char odd[] = "\n\n\t ;#=?[]!\\\"',:%/.0@\0\x80\xc3\xff";
	size_t head = any(a->size + 1), tail = any(b->size + 1);

	if (head + tail > SIZE_MAX_IN)
		tail = SIZE_MAX_IN - head;
	memcpy(ret->data, a->data, head);
	memcpy(ret->data + head, b->data + b->size - tail, tail);
	ret->size = head + tail;
	for (size_t i = any(4); i > 0 && ret->size > 0; i--)
		ret->data[any(ret->size)] = (uint8_t)odd[any(sizeof(odd) - 1)];
}

int main(int argc, char **argv)
{
	size_t count = argc > 2 ? (size_t)argc - 2 : 0;
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
	struct input *input = calloc(count + 1, sizeof(*input));
	unsigned long runs = 0;

	if (!input || count == 0)
		return 2;
	for (size_t i = 0; i < count; i++) {
		FILE *file = fopen(argv[i + 2], "re");

		if (!file) {
			perror(argv[i + 2]);
			return 2;
		}
		input[i].size = fread(input[i].data, 1, SIZE_MAX_IN, file);
		fclose(file);
		LLVMFuzzerTestOneInput(input[i].data, input[i].size);
	}
	for (; time(NULL) < end; runs++) {
		cross(&input[any(count)], &input[any(count)], &input[count]);
		LLVMFuzzerTestOneInput(input[count].data, input[count].size);
	}
	printf("%zu files, %lu mixtures\n", count, runs);
	free(input);
	return 0;
}
