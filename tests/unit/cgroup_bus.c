// SPDX-License-Identifier: MIT
// what: a bus that hangs, at any point of the dialogue, costs no more than the deadline
// tier: fast
// deadline: 30s
#include "base/cleanup.h"
#include "cgroup/systemd/bus.h"
#include "cgroup_test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

enum { DEADLINE_USEC = 300000, SLACK_USEC = 700000 };

/* How far the other side plays along before it falls silent. */
enum silence { AT_ACCEPT, AT_AUTHENTICATION, AT_HELLO, AT_CALL };

static char folder[] = "/tmp/carrel-bus-XXXXXX";
static char address[sizeof(folder) + 16];

static int listen_at(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 5) < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

/* The server's half of the authentication (D-Bus specification, "Authentication Protocol"). */
static void answer_auth(int fd)
{
	static const char reply[] = "DATA\r\n"
				    "OK 0123456789abcdef0123456789abcdef\r\n"
				    "AGREE_UNIX_FD\r\n";
	char text[4096];
	size_t used = 0;

	while (used < sizeof(text) - 1) {
		ssize_t n = read(fd, text + used, sizeof(text) - 1 - used);

		if (n <= 0)
			return;
		used += (size_t)n;
		text[used] = '\0';
		/* The first byte is a NUL; sd-bus sends all its lines at once. */
		if (used > 1 && strstr(text + 1, "BEGIN\r\n"))
			break;
		if (used > 1 && strstr(text + 1, "NEGOTIATE_UNIX_FD\r\n"))
			break;
	}
	(void)!write(fd, reply, sizeof(reply) - 1);
}

static pid_t serve_bus(int listener, enum silence silence)
{
	pid_t pid = fork();
	char text[4096];
	int fd;

	if (pid != 0)
		return pid;
	fd = accept(listener, NULL, NULL);
	if (silence >= AT_HELLO)
		answer_auth(fd);
	while (silence != AT_AUTHENTICATION && read(fd, text, sizeof(text)) > 0)
		;
	for (;;)
		pause();
}

static uint64_t bus_now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int ask_bus(deadline_t deadline, bool hello)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *call = NULL;
	sd_bus *bus = NULL;
	int r = systemd_bus_connect(address, hello, deadline, &bus);

	if (r == 0)
		r = systemd_bus_method(bus, "Reload", &call);
	if (r == 0)
		r = systemd_bus_call(bus, call, deadline, &error);
	sym_sd_bus_error_free(&error);
	sym_sd_bus_message_unref(call);
	systemd_bus_close(bus);
	return r;
}

static void test_silence(enum silence silence, bool hello)
{
	cleanup_close int listener = listen_at(address);
	pid_t server = serve_bus(listener, silence);
	uint64_t start = bus_now_usec(), took;
	int r = ask_bus(deadline_in(DEADLINE_USEC), hello);

	took = bus_now_usec() - start;
	CHECK(r == -ETIMEDOUT, "silence %d: %s", silence, strerror(-r));
	CHECK(took >= DEADLINE_USEC && took < DEADLINE_USEC + SLACK_USEC, "silence %d: %llu us",
		silence, (unsigned long long)took);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

/* Nobody accepts, and the queue is full: connect(2) would wait. */
static void test_full_queue(void)
{
	cleanup_close int listener = listen_at(address);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	uint64_t start;
	int r;

	listen(listener, 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", address);
	for (int i = 0; i < 4; i++) {
		/* Never accepted; closed with the process. */
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		(void)connect(fd, (struct sockaddr *)&name, sizeof(name));
	}
	start = bus_now_usec();
	r = ask_bus(deadline_in(DEADLINE_USEC), true);
	CHECK(r < 0, "connected");
	CHECK(bus_now_usec() - start < DEADLINE_USEC + SLACK_USEC, "too long");
}

int main(void)
{
	if (!mkdtemp(folder)) {
		perror(folder);
		return 1;
	}
	snprintf(address, sizeof(address), "%s/bus", folder);
	/* None of these may count. */
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
	setenv("SYSTEMD_BUS_TIMEOUT", "60s", 1);
	test_silence(AT_AUTHENTICATION, false);
	test_silence(AT_AUTHENTICATION, true);
	test_silence(AT_HELLO, true);
	test_silence(AT_CALL, false);
	test_full_queue();
	unlink(address);
	CHECK(ask_bus(deadline_in(DEADLINE_USEC), true) == -ENOENT, "no socket");
	rmdir(folder);
	return failures ? 1 : 0;
}
