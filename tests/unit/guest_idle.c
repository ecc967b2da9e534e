// SPDX-License-Identifier: MIT
// what: an idle guest is stopped, and none that somebody is about to come into, or of which the kernel does not tell
// needs:
// tier: fast
// deadline: 30s
#include "../../guest/connected.c"
#include "../../guest/supervisor/idle.c"
#include "expect.h"

#include <sys/resource.h>
#include <sys/un.h>

enum { IDLE_STOP = 60 * USEC, PORT = 1 };

static int stops;
static int folder;       /* the guest's */
static char written[64]; /* the states, in their order */

void guest_stop(struct guest *guest, enum guest_end why)
{
	guest->state = GUEST_STOPPING;
	stops += why == GUEST_END_IDLE;
}

/* A login that sees it orders the next guest at once. */
int guest_record_write(
	int run_fd, const struct guest_record *record, const struct guest_readers *readers)
{
	(void)readers;
	strcat(strcat(written, " "), record->state);
	if (strcmp(record->state, "stopping") == 0)
		close(openat(run_fd, GUEST_NEXT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	return 0;
}

void loop_add_timer(struct loop *loop, struct loop_timer *timer)
{
	(void)loop;
	(void)timer;
}

bool visitors_await(const struct guest *guest)
{
	struct pollfd door = {.fd = guest->visitors.connect_fd, .events = POLLIN};

	return poll(&door, 1, 0) != 0;
}

static void expect_states(const char *what, const char *wanted)
{
	if (strcmp(written, wanted) != 0) {
		expect_failed("%s: the states are%s, not%s", what, written, wanted);
	}
	written[0] = '\0';
}

/* Whether a next guest has been asked for; takes that back. */
static bool take_next(const struct guest *guest)
{
	return unlinkat(guest->run_fd, GUEST_NEXT, 0) == 0;
}

static struct guest_settings settings = {.template.idle_stop = IDLE_STOP};

static void begin(struct guest *guest, int door)
{
	*guest = (struct guest){.settings = &settings,
		.state = GUEST_READY,
		.visitors.connect_fd = door,
		.run_fd = folder,
		.record = {.state = "ready", .port = PORT},
		.qemu.process.pid = getpid()};
	start_looking(guest);
	stops = 0;
}

/* As many looks as it takes, and then one more. */
static void time_passes(struct guest *guest)
{
	for (int i = 0; i < LOOKS && guest->state == GUEST_READY; i++)
		look_for_idleness(guest);
}

static void nobody_comes(struct guest *guest, int door)
{
	begin(guest, door);
	/* It may have been made ready by a login that has not come in yet. */
	time_passes(guest);
	expect_number("stops of one that is just ready", stops, 0);
	guest->idle.not_before = deadline_in(0);
	look_for_idleness(guest);
	expect_number("stops of one that is idle", stops, 1);
	expect_states("one that is idle", " stopping");
	expect_number("what asks for the next one", take_next(guest), 1);
}

static void somebody_came(struct guest *guest, int door)
{
	begin(guest, door);
	guest->idle.not_before = deadline_in(0);
	for (int i = 0; i < LOOKS - 1; i++)
		look_for_idleness(guest);
	note_visit(guest);
	guest->idle.not_before = deadline_in(0);
	look_for_idleness(guest);
	expect_number("stops after a visitor", stops, 0);
	guest->idle.since = IDLE_STOP;
	note_visit(guest);
	guest->idle.since = IDLE_STOP;
	look_for_idleness(guest);
	expect_number("stops within 30 s of a visitor", stops, 0);
	expect_states("one with visitors", "");
}

/* One of two: this one sees who comes, or who comes sees that it is stopping. */
static void somebody_is_at_the_door(struct guest *guest, int door)
{
	cleanup_close int visitor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t size = sizeof(address);

	begin(guest, door);
	guest->idle.not_before = deadline_in(0);
	expect_number("a login knocks",
		getsockname(door, (struct sockaddr *)&address, &size) < 0 ||
			connect(visitor, (const struct sockaddr *)&address, size) < 0,
		0);
	time_passes(guest);
	expect_number("stops with somebody at the door", stops, 0);
	expect_states("one with somebody at the door", " stopping ready");
	expect_number("next ones after one that goes on", take_next(guest), 0);
	expect_number("microseconds that it is idle", (int64_t)guest->idle.since, 0);
}

/* As without vsock_diag, and without a /proc that says what QEMU does. */
static void the_kernel_does_not_tell(struct guest *guest, int door)
{
	struct rlimit before, none = {0};

	begin(guest, door);
	guest->idle.not_before = deadline_in(0);
	if (getrlimit(RLIMIT_NOFILE, &before) < 0)
		expect_failed("getrlimit: %s", strerror(errno));
	none.rlim_max = before.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &none);
	expect_number("logins that cannot be seen", guest_connected(100000, 0), -EMFILE);
	expect_number("logins by a port that cannot be seen", guest_connected(0, PORT), -EMFILE);
	time_passes(guest);
	look_for_idleness(guest);
	(void)setrlimit(RLIMIT_NOFILE, &before);
	expect_number("stops of one that cannot be seen", stops, 0);
}

/* As the kernel answers a dump of a family that it has no diag of, and one that fails. */
static void what_the_kernel_says(void)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr body;
	} message = {.head = {.nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_ERROR},
		.body.error = -ENOENT};
	struct {
		struct nlmsghdr head;
		struct vsock_diag_msg body;
	} one = {.head = {.nlmsg_len = sizeof(one), .nlmsg_type = SOCK_DIAG_BY_FAMILY},
		.body = {.vdiag_state = TCP_ESTABLISHED, .vdiag_dst_cid = 100000}};

	expect_number("no vsock_diag", read_message(&message.head, 100000), -ENOENT);
	message.head.nlmsg_type = NLMSG_DONE;
	expect_number("a dump that failed", read_message(&message.head, 100000), -ENOENT);
	message.body.error = 0;
	expect_number("the end", read_message(&message.head, 100000), 0);
	message.head.nlmsg_type = NLMSG_NOOP;
	expect_number("nonsense", read_message(&message.head, 100000), -EBADMSG);
	expect_number("a login", read_message(&one.head, 100000), 1);
	expect_number("another guest's", read_message(&one.head, 100001), GOES_ON);
	one.body.vdiag_state++;
	expect_number("one that is over", read_message(&one.head, 100000), GOES_ON);
}

int main(void)
{
	cleanup_close int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[] = "/tmp/guest-idle-XXXXXX";
	static struct guest guest;

	folder = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	/* An abstract address, which the kernel chooses (unix(7)). */
	if (folder < 0 || door < 0 ||
		bind(door, (const struct sockaddr *)&address, sizeof(sa_family_t)) < 0 ||
		listen(door, 1) < 0)
		return 1;
	nobody_comes(&guest, door);
	somebody_came(&guest, door);
	the_kernel_does_not_tell(&guest, door);
	somebody_is_at_the_door(&guest, door);
	what_the_kernel_says();
	if (rmdir(path) < 0)
		expect_failed("something is left in %s: %s", path, strerror(errno));
	return expect_result();
}
