// SPDX-License-Identifier: MIT
#include "policy/value.h"
#include "base/cleanup.h"
#include "base/list.h"

#include <string.h>

int value_parse(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	struct policy_value value = {0};
	int r = 0;

	if (text[0] != '\0')
		r = key->type->parse(key, text, &value, reason);
	else if (!key->type->may_be_empty)
		r = reason_refuse(reason, "has no value");
	if (r < 0) {
		value_free(&value);
		return r;
	}
	*ret_value = value;
	return 0;
}

int value_parse_default(const struct key *key, struct policy_value *ret_value)
{
	char reason[REASON_MAX];

	*ret_value = (struct policy_value){0};
	return key->default_text[0] ? value_parse(key, key->default_text, ret_value, reason) : 0;
}

void value_free(struct policy_value *value)
{
	list_free(value->list);
	for (size_t i = 0; i < value->n_io; i++)
		free(value->io[i].path);
	free(value->io);
	*value = (struct policy_value){0};
}

char *value_format(const struct key *key, const struct policy_value *value)
{
	return key->type->format(key, value);
}

int value_store(const struct key *key, struct policy_value *value, void *object)
{
	return key->type->store(value, (char *)object + key->offset, key->size);
}

bool value_is_empty(const struct key *key, const struct policy_value *value)
{
	return key->type->may_be_empty && !value->list && value->n_io == 0;
}

int value_copy(const struct policy_value *value, struct policy_value *ret_value)
{
	struct policy_value copy = *value;

	copy.list = NULL;
	copy.io = NULL;
	copy.n_io = 0;
	if (value->list && list_append(&copy.list, value->list) < 0)
		goto fail;
	if (value->n_io > 0) {
		copy.io = calloc(value->n_io, sizeof(*copy.io));
		if (!copy.io)
			goto fail;
		for (; copy.n_io < value->n_io; copy.n_io++) {
			struct policy_io *io = &copy.io[copy.n_io];

			*io = value->io[copy.n_io];
			if (!io->path)
				continue;
			io->path = strdup(io->path);
			if (!io->path)
				goto fail;
		}
	}
	*ret_value = copy;
	return 0;
fail:
	value_free(&copy);
	return -ENOMEM;
}
