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

struct plan_op *plan_ops_add(
	struct plan_ops *ops, enum plan_op_kind kind, const char *path, const char *const *text)
{
	struct plan_op *op;

	if (ops->n_setup + ops->n_final == PLAN_OPS_MAX || ops->n_final > 0) {
		/* Set-up operations come before final ones: a plan that is being carried out is
		 * not added to. */
		ops->error = -E2BIG;
		op = &ops->op[0];
	} else {
		op = &ops->op[ops->n_setup++];
	}
	*op = (struct plan_op){
		.kind = kind,
		.path = keep_string(ops, path),
		.text = keep_strings(ops, text),
	};
	return op;
}

struct plan_op *plan_ops_add_final(struct plan_ops *ops, enum plan_op_kind kind, const char *path)
{
	struct plan_op *op;

	if (ops->n_setup + ops->n_final == PLAN_OPS_MAX) {
		ops->error = -E2BIG;
		op = &ops->op[0];
	} else {
		op = &ops->op[ops->n_setup + ops->n_final++];
	}
	*op = (struct plan_op){.kind = kind, .path = keep_string(ops, path)};
	return op;
}

/* FNV-1a */
static uint64_t digest(uint64_t hash, const void *data, size_t size)
{
	for (const unsigned char *byte = data; size > 0; size--)
		hash = (hash ^ *byte++) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t plan_digest(const struct plan *plan)
{
	const struct plan_ops *ops = plan->ops;
	uint64_t hash =
		digest(UINT64_C(0xcbf29ce484222325), ops->op, ops->n_setup * sizeof(ops->op[0]));

	hash = digest(hash, ops->strings, ops->strings_used);
	return digest(hash, &plan->namespaces, sizeof(plan->namespaces));
}

void plan_ops_name(struct plan_ops *ops, const char *name)
{
	ops->name = keep_string(ops, name);
}

int plan_ops_finish(const struct plan_ops *ops, void **ret_message, size_t *ret_size)
{
	size_t n = ops->n_setup + ops->n_final;
	size_t strings_at = sizeof(struct plan_head) + n * sizeof(struct plan_op);
	size_t size = strings_at + ops->strings_used;
	struct plan_head head = {
		.magic = PLAN_MAGIC,
		.version = PLAN_VERSION,
		.bytes = (uint32_t)size,
		.n_setup = ops->n_setup,
		.n_final = ops->n_final,
		.name = ops->name ? ops->name + (uint32_t)strings_at : 0,
		.linger_ms = ops->linger_ms,
	};
	struct plan_op *op;
	char *message;

	if (ops->error)
		return ops->error;
	if (size > PLAN_BYTES_MAX)
		return -E2BIG;
	message = malloc(size);
	if (!message)
		return -ENOMEM;
	memcpy(message, &head, sizeof(head));
	memcpy(message + sizeof(head), ops->op, n * sizeof(struct plan_op));
	memcpy(message + strings_at, ops->strings, ops->strings_used);
	/* Offsets within the strings become offsets within the message. */
	op = (struct plan_op *)(void *)(message + sizeof(head));
	for (size_t i = 0; i < n; i++) {
		if (op[i].path)
			op[i].path += (uint32_t)strings_at;
		if (op[i].text)
			op[i].text += (uint32_t)strings_at;
	}
	*ret_message = message;
	*ret_size = size;
	return 0;
}
