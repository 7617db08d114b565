#include "trace_roles.h"

#include "cmocka_all.h"
#include "convolution.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What goes wrong in a role's process, from its environment. */
#define SECURE  "TRACE_TEST_SECURE"
#define PWRITEV "TRACE_TEST_PWRITEV"

/* A program that gained privileges: the card stays, so that only the trace is missing. */
char *__real_secure_getenv(const char *name);
char *__wrap_secure_getenv(const char *name);
char *__wrap_secure_getenv(const char *name)
{
    return getenv(SECURE) && strcmp(name, "ROCM_RDNA1_TRACE") == 0 ? NULL : getenv(name);
}

/* "full": no room at all; "half": for half of each line; "twice": at the first two times. */
ssize_t __real_pwritev64(int fd, const struct iovec *parts, int count, off_t at);
ssize_t __wrap_pwritev64(int fd, const struct iovec *parts, int count, off_t at);
ssize_t __wrap_pwritev64(int fd, const struct iovec *parts, int count, off_t at)
{
    static int times;
    const char *way = getenv(PWRITEV);
    struct iovec half;

    if (!way || (strcmp(way, "twice") == 0 && times++ >= 2))
        return __real_pwritev64(fd, parts, count, at);
    if (strcmp(way, "half") != 0) {
        errno = ENOSPC;
        return -1;
    }
    half = (struct iovec){parts[0].iov_base, parts[0].iov_len / 2};
    return __real_pwritev64(fd, &half, 1, at);
}

/* A failed expectation ends the role. */
#define WANT(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* Many roles leave their objects behind, as programs do; kept where no one takes them for lost. */
static _Thread_local miopenHandle_t handles[4];

static miopenHandle_t handle_open(void)
{
    static _Thread_local unsigned count;
    miopenHandle_t handle = NULL;

    WANT(miopenCreate(&handle) == miopenStatusSuccess && handle);
    handles[count++ % 4] = handle;
    return handle;
}

static void run_times(struct convolution *it, int times)
{
    for (int i = 0; i < times; i++)
        WANT(call_run_plain(it, 0, NULL, 0) == miopenStatusSuccess);
}

static int find(struct convolution *it)
{
    miopenConvAlgoPerf_t result;
    int returned = 0;

    return (int)call_find(it, 1, &returned, &result, NULL, 0);
}

/* --- Roles ----------------------------------------------------------------------------------- */

static int role_counts(const char *argument)
{
    static char workspace[1 << 17];
    miopenHandle_t handle = handle_open();
    struct convolution it;
    (void)argument;

    convolution_open(&it, shape_named("3x3"), handle);
    WANT(find(&it) == miopenStatusSuccess);
    WANT(find(&it) == miopenStatusSuccess);
    run_times(&it, 3);
    for (int i = 0; i < 5; i++)
        WANT(call_immediate(&it, workspace, sizeof(workspace), STUB_WINOGRAD_ID) ==
             miopenStatusSuccess);
    WANT(call_immediate(&it, NULL, 0, 85) == miopenStatusSuccess);
    convolution_close(&it);
    convolution_open(&it, shape_named("double"), handle);
    WANT(call_immediate(&it, NULL, 0, 85) == miopenStatusBadParm);
    WANT(find(&it) == miopenStatusUnknownError);
    convolution_close(&it);
    convolution_open(&it, shape_named("transposed"), handle);
    stub_answer(STUB_miopenConvolutionForward, miopenStatusInternalError);
    WANT(call_run_plain(&it, 0, NULL, 0) == miopenStatusInternalError);
    convolution_close(&it);
    WANT(miopenDestroy(handle) == miopenStatusSuccess);
    WANT(stub_events_live() == 0);
    return 0;
}

/* Killed where it stands, after so many runs. */
static int role_killed(const char *argument)
{
    static struct convolution it;

    convolution_open(&it, shape_named("3x3"), handle_open());
    run_times(&it, (int)strtol(argument, NULL, 10));
    return raise(SIGKILL);
}

/* The same, when its handle is gone. */
static int role_killed_afterwards(const char *argument)
{
    miopenHandle_t handle = handle_open();
    struct convolution it;
    (void)argument;

    convolution_open(&it, shape_named("3x3"), handle);
    run_times(&it, 3);
    WANT(miopenDestroy(handle) == miopenStatusSuccess);
    return raise(SIGKILL);
}

/* The stub writes to the workspace when it launches: a kernel that takes the program with it. */
static int role_dies_in_launch(const char *argument)
{
    static struct convolution it;
    (void)argument;

    signal(SIGSEGV, SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    convolution_open(&it, shape_named("3x3"), handle_open());
    (void)call_immediate(&it, (void *)(uintptr_t)4096, 1 << 20, 91);
    return 1;
}

static int role_fork(const char *argument)
{
    struct convolution it;
    int status = 0;
    (void)argument;

    convolution_open(&it, shape_named("3x3"), handle_open());
    WANT(find(&it) == miopenStatusSuccess);
    run_times(&it, 3);
    const pid_t child = fork();
    WANT(child >= 0);
    run_times(&it, 2);
    if (child > 0)
        WANT(waitpid(child, &status, 0) == child && status == 0);
    return 0;
}

#define THREADS 4
#define ROUNDS  50

static void *in_thread(void *argument)
{
    struct convolution it;
    (void)argument;

    for (int i = 0; i < ROUNDS; i++) {
        miopenHandle_t handle = handle_open();
        for (int k = 0; k < 2; k++) {
            WANT(convolution_try_open(&it, shape_named(k ? "3x3" : "1x1 weights"), handle));
            WANT(find(&it) == miopenStatusSuccess);
            run_times(&it, 2);
            convolution_close(&it);
        }
        WANT(miopenDestroy(handle) == miopenStatusSuccess);
    }
    return NULL;
}

static int role_threads(const char *argument)
{
    pthread_t threads[THREADS];
    (void)argument;

    for (int i = 0; i < THREADS; i++)
        WANT(pthread_create(&threads[i], NULL, in_thread, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        WANT(pthread_join(threads[i], NULL) == 0);
    return 0;
}

/* Every shape there is, twice. */
static int role_all(const char *argument)
{
    miopenHandle_t handle = handle_open();
    (void)argument;

    for (size_t i = 0; i < 2 * shapes_count; i++) {
        struct convolution it;
        convolution_open(&it, &shapes[i % shapes_count], handle);
        (void)call_run_plain(&it, 0, NULL, 0);
        convolution_close(&it);
    }
    return 0;
}

static int role_asks_once(const char *argument)
{
    (void)argument;
    for (int i = 0; i < 3; i++) {
        struct convolution it;
        convolution_open(&it, shape_named("3x3"), handle_open());
        (void)find(&it);
        run_times(&it, 3);
        convolution_close(&it);
    }
    WANT(stub_calls(STUB_miopenConvolutionForwardGetSolution) == 1);
    return 0;
}

static int role_switches(const char *argument)
{
    (void)argument;
    (void)handle_open();
    return stub_environment("MIOPEN_DEBUG_CONV_WINOGRAD") ? ROLE_SWITCHES_SET : ROLE_SWITCHES_UNSET;
}

/* The file is taken away ("remove"), emptied, or edited under way. */
static int role_file_changes(const char *argument)
{
    const char *path = getenv("ROCM_RDNA1_TRACE");
    static struct convolution it;

    WANT(path);
    convolution_open(&it, shape_named("3x3"), handle_open());
    run_times(&it, 3);
    if (strcmp(argument, "remove") == 0)
        WANT(unlink(path) == 0);
    else if (strcmp(argument, "empty") == 0)
        WANT(truncate(path, 0) == 0);
    else {
        FILE *file = fopen(path, "r+");
        struct stat info;
        WANT(file && fstat(fileno(file), &info) == 0);
        for (off_t i = 0; i < info.st_size; i++)
            fputc(i + 1 == info.st_size ? '\n' : 'x', file);
        WANT(fclose(file) == 0);
    }
    run_times(&it, 2);
    return 0;
}

static unsigned descriptors_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;

    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static int role_leaves_no_descriptor(const char *argument)
{
    const unsigned before = descriptors_open();
    static struct convolution it;
    (void)argument;

    WANT(chdir("/") == 0);
    convolution_open(&it, shape_named("3x3"), handle_open());
    run_times(&it, 5);
    WANT(descriptors_open() == before);
    return 0;
}

static int role_limited(const char *argument)
{
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 5, .rlim_max = 5});
    return role_leaves_no_descriptor(argument);
}

static int role_keeps_errno(const char *argument)
{
    static struct convolution it;
    (void)argument;

    convolution_open(&it, shape_named("3x3"), handle_open());
    stub_disturb_errno(true);
    for (int i = 0; i < 20; i++) {
        if (i > 0)
            stub_disturb_errno(false);
        errno = EDOM;
        WANT(call_run_plain(&it, 0, NULL, 0) == miopenStatusSuccess && errno == EDOM);
        WANT(find(&it) == miopenStatusSuccess && errno == EDOM);
    }
    return 0;
}

/* The device has reached nothing yet: the ring fills, and nobody waits. */
static int role_late_events(const char *argument)
{
    miopenHandle_t handle = handle_open();
    struct convolution it;
    (void)argument;

    convolution_open(&it, shape_named("3x3"), handle);
    stub_hold_events(true);
    run_times(&it, 100);
    WANT(stub_events_live() == 128);
    WANT(stub_last_error() == 0);
    stub_hold_events(false);
    stub_set_event_time(2500);
    run_times(&it, 1);
    convolution_close(&it);
    WANT(miopenDestroy(handle) == miopenStatusSuccess);
    WANT(stub_events_live() == 0);
    return 0;
}

static int role_no_events(const char *argument)
{
    miopenHandle_t handle = handle_open();
    static struct convolution it;

    convolution_open(&it, shape_named("1x1"), handle);
    if (strcmp(argument, "capture") == 0)
        stub_set_capture(true);
    else if (strcmp(argument, "failure") == 0)
        stub_answer(STUB_hipEventCreate, 801);
    else {
        stub_set_devices((const char *const[]){"0000:03:00.0", "0000:10:00.0"}, 2);
        WANT(hipSetDevice(1) == 0);
    }
    run_times(&it, 4);
    WANT(stub_violations() == 0 && stub_last_error() == 0);
    stub_set_capture(false);
    WANT(miopenDestroy(handle) == miopenStatusSuccess && stub_events_live() == 0);
    return 0;
}

/* What is forwarded; each twice. */
static int role_forwards(const char *argument)
{
    const float two = 2.0F, zero = 0.0F;
    miopenHandle_t handle = handle_open();
    static struct convolution it;
    size_t bytes;
    (void)argument;

    convolution_open(&it, shape_named("3x3"), handle);
    for (int i = 0; i < 2; i++)
        (void)call_run(&it, &two, &zero, 0, NULL, 0);
    stub_answer(STUB_miopenGetTensorDescriptor, miopenStatusInternalError);
    miopenSet4dTensorDescriptor(it.b, 1, 1, 2, 3, 4);
    for (int i = 0; i < 2; i++)
        (void)call_workspace_size(&it, &bytes);
    return 0;
}

/* A handle on the machine's other card. */
static int role_other_card(const char *argument)
{
    const float two = 2.0F, zero = 0.0F;
    static struct convolution it;

    stub_set_mixed_devices();
    WANT(hipSetDevice(argument[0] - '0') == 0);
    convolution_open(&it, shape_named("3x3"), handle_open());
    (void)find(&it);
    (void)call_run(&it, &two, &zero, 0, NULL, 0);
    return 0;
}

/* The same problem on two cards of one kind. */
static int role_two_cards(const char *argument)
{
    static const char *const cards[] = {"0000:03:00.0", "0000:10:00.0"};
    (void)argument;

    stub_set_devices(cards, 2);
    for (int device = 0; device < 2; device++) {
        miopenHandle_t handle;
        struct convolution it;
        WANT(hipSetDevice(device) == 0);
        handle = handle_open();
        convolution_open(&it, shape_named("3x3"), handle);
        run_times(&it, 1 + device);
        convolution_close(&it);
        WANT(miopenDestroy(handle) == miopenStatusSuccess);
    }
    return 0;
}

int role_play(const char *name, const char *argument)
{
    static const struct {
        const char *name;
        int (*play)(const char *argument);
    } roles[] = {
        {"counts", role_counts},
        {"killed", role_killed},
        {"killed-afterwards", role_killed_afterwards},
        {"dies-in-launch", role_dies_in_launch},
        {"fork", role_fork},
        {"threads", role_threads},
        {"all", role_all},
        {"asks-once", role_asks_once},
        {"switches", role_switches},
        {"file-changes", role_file_changes},
        {"leaves-no-descriptor", role_leaves_no_descriptor},
        {"limited", role_limited},
        {"keeps-errno", role_keeps_errno},
        {"late-events", role_late_events},
        {"no-events", role_no_events},
        {"forwards", role_forwards},
        {"other-card", role_other_card},
        {"two-cards", role_two_cards},
    };
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strcmp(name, roles[i].name) == 0)
            return roles[i].play(argument);
    fprintf(stderr, "no such role: %s\n", name);
    return 2;
}
