// SPDX-License-Identifier: MIT
#include "qemu_img.h"
#include "base/cleanup.h"
#include "guest/programs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int start_check(const struct qemu_img_check *check, int output,
	struct jail_process *ret_process, struct carrel_error *err)
{
	cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_free struct plan_ops *root = NULL;
	char name[160];
	char *const repair[] = {(char *)"qemu-img", (char *)"check", (char *)"-q", (char *)"-r",
		(char *)"all", name, NULL};
	char *const look[] = {(char *)"qemu-img", (char *)"check", (char *)"-q", name, NULL};
	struct jail_program program = {.path = QEMU_IMG,
		.argv = check->repair ? repair : look,
		.own_network = true,
		.uid = check->uid,
		.standard = {null, output, output},
		.fds = &check->disk,
		.n_fds = 1,
		.memory = check->memory,
		.file_size = check->repair ? UINT64_MAX : 0};
	int r = null < 0 ? error_set(err, -errno, "/dev/null") : jail_root_for_qemu_img(&root, err);

	if (r < 0)
		return r;
	snprintf(name, sizeof(name),
		"json:{\"driver\":\"qcow2\",\"backing\":null,\"file\":{\"driver\":\"file\","
		"\"filename\":\"/proc/self/fd/%d\"}}",
		check->disk);
	program.root = root;
	r = jail_start(&program, ret_process, err);
	if (r == 0)
		(void)jail_open_gate(ret_process); /* one that has died already is reaped */
	return r;
}

int qemu_img_check(const struct qemu_img_check *check, const struct program_watch *watch,
	struct program_output *output, int *ret_status, struct carrel_error *err)
{
	struct jail_process process = JAIL_PROCESS_NONE;
	cleanup_close int reader = -EBADF;
	cleanup_close int writer = -EBADF;
	int pipes[2], r;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_set(err, -errno, QEMU_IMG);
	reader = pipes[0];
	writer = pipes[1];
	r = start_check(check, writer, &process, err);
	if (r < 0)
		return r;
	fd_closep(&writer);
	r = program_follow(process.pid, reader, watch, output, ret_status);
	jail_process_close(&process);
	return r < 0 ? error_set(err, r, QEMU_IMG) : 0;
}

const char *qemu_img_reason(char *text)
{
	size_t length = strlen(text);
	const char *start, *end;

	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	start = strrchr(text, '\n');
	text_sanitize(text);
	start = start ? start + 1 : text;
	end = strstr(start, "}}': ");
	return end ? end + strlen("}}': ") : start;
}
