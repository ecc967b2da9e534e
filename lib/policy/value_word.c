// SPDX-License-Identifier: MIT
/*
 * Names of files, and texts: each is one item of the value's list.
 */
#include "base/cleanup.h"
#include "base/list.h"
#include "policy/value.h"

#include <string.h>

/* isalnum(3) goes by the locale of whoever calls the module. */
static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool value_is_name(const char *text)
{
	if (!is_alphanumeric(text[0]) || strlen(text) > VALUE_NAME_MAX)
		return false;
	for (; *text; text++)
		if (!is_alphanumeric(*text) && !strchr("._-", *text))
			return false;
	return true;
}

static int take(const char *text, struct policy_value *ret_value)
{
	return text[0] ? list_append(&ret_value->list, (char *[]){(char *)text, NULL}) : 0;
}

int value_parse_name(const char *text, struct policy_value *ret_value, char *reason)
{
	if (text[0] && !value_is_name(text))
		return reason_refuse(reason,
			"\"%s\" is not a name: letters, digits, \".\", \"_\" and \"-\", the first "
			"a letter or digit, at most %d",
			text, VALUE_NAME_MAX);
	return take(text, ret_value);
}

int value_parse_text(const char *text, struct policy_value *ret_value, char *reason)
{
	if (strlen(text) > VALUE_TEXT_MAX)
		return reason_refuse(reason, "is longer than %d bytes", VALUE_TEXT_MAX);
	if (strchr(text, '\t'))
		return reason_refuse(reason, "has a tab in it");
	return take(text, ret_value);
}
