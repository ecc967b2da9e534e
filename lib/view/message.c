// SPDX-License-Identifier: MIT
/*
 * message.c - checks a plan as it was received, before any of it is carried out.
 */
#include "view/view.h"

#include <errno.h>
#include <string.h>

/* Returns true if a string starts at @offset and ends before the message does. */
static bool string_ok(const struct plan_head *head, const char *message, uint32_t offset)
{
	return offset < head->bytes && memchr(message + offset, '\0', head->bytes - offset);
}

/* Returns true if the strings at @offset end with an empty one before the message does. */
static bool strings_ok(const struct plan_head *head, const char *message, uint32_t offset)
{
	while (string_ok(head, message, offset)) {
		if (message[offset] == '\0')
			return true;
		offset += (uint32_t)strlen(message + offset) + 1;
	}
	return false;
}

static bool op_ok(const struct plan_head *head, const char *message, const struct plan_op *op)
{
	if (op->slot >= PLAN_SLOTS)
		return false;
	return (!op->path || string_ok(head, message, op->path)) &&
	       (!op->text || strings_ok(head, message, op->text));
}

int view_plan_parse(const char *message, size_t size, struct view_plan *plan)
{
	const struct plan_head *head = (const void *)message;
	const struct plan_op *op = (const void *)(message + sizeof(*head));
	uint32_t n;

	if (size < sizeof(*head) || head->magic != PLAN_MAGIC || head->version != PLAN_VERSION)
		return EPROTO;
	if (head->bytes != size || head->n_setup > PLAN_SETUP_MAX ||
		head->n_final > PLAN_FINAL_MAX || head->n_lost > PLAN_LOST_MAX)
		return EBADMSG;
	n = head->n_setup + head->n_final + head->n_lost;
	/* The last byte ends every string, so none can run past the message. */
	if (size < sizeof(*head) + n * sizeof(struct plan_op) + 1 || message[size - 1] != '\0')
		return EBADMSG;
	plan->n_setup = head->n_setup;
	plan->n_final = head->n_final;
	plan->n_lost = head->n_lost;
	plan->bytes = message;
	memset(plan->slot, -1, sizeof(plan->slot));
	plan->control = plan->asker = plan->join = plan->terminals = plan->proc = -1;
	if (head->name && !string_ok(head, message, head->name))
		return EBADMSG;
	plan->name = head->name ? message + head->name : "";
	plan->linger_ms = head->linger_ms;
	for (uint32_t i = 0; i < n; i++)
		if (!op_ok(head, message, &op[i]))
			return EBADMSG;
	plan->setup = op;
	plan->final = plan->setup + plan->n_setup;
	plan->lost = plan->final + plan->n_final;
	return 0;
}
