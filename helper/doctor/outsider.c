// SPDX-License-Identifier: MIT
/*
 * outsider.c - does anything run as a confined user without their quotas?
 */
#include "base/cleanup.h"
#include "doctor.h"
#include "helper/outsiders.h"

#include <stdio.h>
#include <unistd.h>

static void add_outsiders(struct doctor *doctor, const struct outsider *outsiders, size_t count,
	const struct host_config *config)
{
	char line[512];

	for (size_t i = 0; i < count;) {
		bool unit = outsiders[i].own_unit;

		i += outsiders_format(&outsiders[i], count - i, line, sizeof(line));
		doctor_add(doctor, DOCTOR_WARN, "outside",
			unit ? "it is all of a unit that runs as the user: limit that, or run it "
			       "as another"
			: config->adopt
				? "carrel gc, or its timer, moves them there"
				: "adopt = yes in carrel.ini lets carrel gc move them there",
			"%s", line);
	}
}

void doctor_outsiders(struct doctor *doctor)
{
	cleanup(host_config_free) struct host_config config = {0};
	cleanup_free struct outsider *outsiders = NULL;
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	size_t count = 0;

	if (geteuid() != 0)
		return; /* doctor_strays() says so */
	(void)host_config_load(POLICY_HOST_INI, &config, NULL, NULL);
	if (outsiders_find(&config, &outsiders, &count, &err) < 0)
		doctor_add(doctor, DOCTOR_FAIL, "outside", NULL, "%s",
			error_format(&err, text, sizeof(text)));
	else if (count == 0)
		doctor_add(doctor, DOCTOR_OK, "outside", NULL,
			"no process of a confined user is outside of the user's quotas");
	else
		add_outsiders(doctor, outsiders, count, &config);
}
