// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "plan/plan.h"

#include <string.h>

static uint32_t keep_bytes(struct plan_ops *ops, const char *bytes, size_t size)
{
	uint32_t at = ops->strings_used;

	if (size > sizeof(ops->strings) - at) {
		ops->error = -E2BIG;
		return 0;
	}
	memcpy(ops->strings + at, bytes, size);
	ops->strings_used = at + (uint32_t)size;
	return at;
}

static uint32_t keep_string(struct plan_ops *ops, const char *string)
{
	if (ops->strings_used == 0)
		ops->strings_used = 1; /* offset 0 is "no string" */
	return string ? keep_bytes(ops, string, strlen(string) + 1) : 0;
}

static uint32_t keep_strings(struct plan_ops *ops, const char *const *text)
{
	uint32_t at = 0;

	for (size_t i = 0; text && text[i]; i++) {
		uint32_t here = keep_string(ops, text[i]);

		if (i == 0)
			at = here;
	}
	if (at)
		keep_bytes(ops, "", 1);
	return at;
}

/* Puts @op into the next of the @room places at @list. Where none is left, it notes that as an
 * error and fills the first one again. */
static struct plan_op *append_op(struct plan_ops *ops, struct plan_op *list, uint32_t *count,
	uint32_t room, struct plan_op op)
{
	if (*count == room)
		ops->error = -E2BIG;
	else
		list += (*count)++;
	*list = op;
	return list;
}

struct plan_op *plan_ops_add(
	struct plan_ops *ops, enum plan_op_kind kind, const char *path, const char *const *text)
{
	return append_op(ops, ops->setup, &ops->n_setup, PLAN_SETUP_MAX,
		(struct plan_op){.kind = kind,
			.path = keep_string(ops, path),
			.text = keep_strings(ops, text)});
}

struct plan_op *plan_ops_add_keep(struct plan_ops *ops, enum plan_op_kind kind, const char *path)
{
	return append_op(ops, ops->keep, &ops->n_keep, PLAN_SLOTS_FINAL,
		(struct plan_op){.kind = kind, .path = keep_string(ops, path)});
}

struct plan_op *plan_ops_add_final(struct plan_ops *ops, enum plan_op_kind kind, const char *path)
{
	return append_op(ops, ops->final, &ops->n_final, PLAN_FINAL_MAX,
		(struct plan_op){.kind = kind, .path = keep_string(ops, path)});
}

struct plan_op *plan_ops_add_lost(struct plan_ops *ops, enum plan_op_kind kind, const char *path)
{
	return append_op(ops, ops->lost, &ops->n_lost, PLAN_LOST_MAX,
		(struct plan_op){.kind = kind, .path = keep_string(ops, path)});
}

const struct plan_op *plan_ops_at(const struct plan_ops *ops, uint32_t index)
{
	if (index < ops->n_keep)
		return &ops->keep[index];
	index -= ops->n_keep;
	return index < ops->n_setup ? &ops->setup[index] : NULL;
}

/* Continues an FNV-1a hash with @data. */
static uint64_t digest_bytes(uint64_t hash, const void *data, size_t size)
{
	for (const unsigned char *byte = data; size > 0; size--)
		hash = (hash ^ *byte++) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t plan_digest(const struct plan *plan)
{
	const struct plan_ops *ops = plan->ops;
	uint64_t hash = digest_bytes(
		UINT64_C(0xcbf29ce484222325), ops->setup, ops->n_setup * sizeof(ops->setup[0]));

	hash = digest_bytes(hash, ops->strings, ops->strings_used);
	return digest_bytes(hash, &plan->namespaces, sizeof(plan->namespaces));
}

void plan_ops_name(struct plan_ops *ops, const char *name)
{
	ops->name = keep_string(ops, name);
}

/* Copies @count operations to @to. Their offsets within the strings become offsets within the
 * message, where the strings are at @strings_at. Returns the place behind the copies. */
static struct plan_op *copy_ops(
	struct plan_op *to, const struct plan_op *from, uint32_t count, uint32_t strings_at)
{
	for (uint32_t i = 0; i < count; i++, to++) {
		*to = from[i];
		if (to->path)
			to->path += strings_at;
		if (to->text)
			to->text += strings_at;
	}
	return to;
}

int plan_ops_finish(const struct plan_ops *ops, void **ret_message, size_t *ret_size)
{
	size_t n = ops->n_keep + ops->n_setup + ops->n_final + ops->n_lost;
	size_t strings_at = sizeof(struct plan_head) + n * sizeof(struct plan_op);
	size_t size = strings_at + ops->strings_used;
	struct plan_head head = {
		.magic = PLAN_MAGIC,
		.version = PLAN_VERSION,
		.bytes = (uint32_t)size,
		.n_setup = ops->n_keep + ops->n_setup,
		.n_final = ops->n_final,
		.n_lost = ops->n_lost,
		.name = ops->name ? ops->name + (uint32_t)strings_at : 0,
		.linger_ms = ops->linger_ms,
	};
	struct plan_op *op;
	char *message;

	if (ops->error)
		return ops->error;
	if (size > PLAN_BYTES_MAX || head.n_setup > PLAN_SETUP_MAX)
		return -E2BIG;
	message = malloc(size);
	if (!message)
		return -ENOMEM;
	memcpy(message, &head, sizeof(head));
	op = (struct plan_op *)(void *)(message + sizeof(head));
	op = copy_ops(op, ops->keep, ops->n_keep, (uint32_t)strings_at);
	op = copy_ops(op, ops->setup, ops->n_setup, (uint32_t)strings_at);
	op = copy_ops(op, ops->final, ops->n_final, (uint32_t)strings_at);
	copy_ops(op, ops->lost, ops->n_lost, (uint32_t)strings_at);
	memcpy(message + strings_at, ops->strings, ops->strings_used);
	*ret_message = message;
	*ret_size = size;
	return 0;
}
