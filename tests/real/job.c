#include "job.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define AT_ONCE_MAX 16

const char *const way_names[WAY_COUNT] = {"plain", "original", "env", "shim"};

/* A job that is running. */
struct running {
    struct job *job;
    pid_t pid;
    int pidfd;
    double start;
    char home[300];
};

extern char **environ;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int places_open(struct places *places)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(places->scratch, sizeof(places->scratch), "%s/rocm-rdna1-real-XXXXXX",
             tmp ? tmp : "/tmp");
    return mkdtemp(places->scratch) ? 0 : -errno;
}

void places_close(struct places *places)
{
    if (*places->scratch)
        remove_tree(places->scratch);
    *places->scratch = '\0';
}

/* The kernels that the simulated card compiles outlive the HOME of a job. */
static void set_kernel_cache(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char path[512];

    if (getenv("SIM_CACHE"))
        return;
    if (cache && *cache)
        snprintf(path, sizeof(path), "%s/rocm-rdna1/kernels", cache);
    else
        snprintf(path, sizeof(path), "%s/.cache/rocm-rdna1/kernels", home ? home : "/tmp");
    setenv("SIM_CACHE", path, 1);
}

/* Takes away what the caller's shell may have set and a run would notice. */
static void clean_environment(void)
{
    static const char *const prefixes[] = {"MIOPEN_",     "HSA_",       "HIP_",    "ROCM_RDNA1",
                                           "LD_",         "XDG_C",      "SIM_LOG", "SIM_FAULT",
                                           "SIM_EXECUTE", "SIM_SYSROOT"};
    size_t i = 0;

    while (environ[i]) {
        char name[128];
        size_t prefix = 0;

        snprintf(name, sizeof(name), "%.*s", (int)strcspn(environ[i], "="), environ[i]);
        while (prefix < sizeof(prefixes) / sizeof(*prefixes) &&
               strncmp(name, prefixes[prefix], strlen(prefixes[prefix])) != 0)
            prefix++;
        if (prefix == sizeof(prefixes) / sizeof(*prefixes) || unsetenv(name) != 0)
            i++;
    }
}

static void set_environment(const struct places *places, const struct card *card, const char *home)
{
    char log[320];

    set_kernel_cache();
    clean_environment();
    snprintf(log, sizeof(log), "%s/log", home);
    setenv("HOME", home, 1);
    setenv("SIM_LOG", log, 1);
    setenv("SIM_DEVICES", card->devices, 1);
    setenv("SIM_SYSROOT", card->sysroot, 1);
    setenv("ROCM_RDNA1_SYSROOT", card->sysroot, 1);
    setenv("ROCM_RDNA1_RULES", places->rules, 1);
    setenv("ROCM_RDNA1_SHIM", places->shim, 1);
    setenv("ROCM_RDNA1_CLI", places->cli, 1);
    if (*card->override)
        setenv("HSA_OVERRIDE_GFX_VERSION", card->override, 1);
}

/* In the child: puts a file of HOME in place of a standard stream. */
static void redirect(const char *home, const char *name, int stream, int flags)
{
    char path[320];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", home, name);
    fd = open(stream == 0 ? "/dev/null" : path, flags | O_CLOEXEC, 0600);
    if (fd < 0 || dup2(fd, stream) < 0)
        _exit(126);
}

static _Noreturn void child(const struct places *places, const struct job *job, const char *home)
{
    const char *argv[64] = {places->way, way_names[job->way]};

    for (size_t i = 0; job->argv[i] && i + 3 < sizeof(argv) / sizeof(*argv); i++)
        argv[i + 2] = job->argv[i];
    setpgid(0, 0); /* so that the limit ends its children too */
    redirect(home, "", 0, O_RDONLY);
    redirect(home, "out", 1, O_WRONLY | O_CREAT | O_TRUNC);
    redirect(home, "err", 2, O_WRONLY | O_CREAT | O_TRUNC);
    set_environment(places, job->card, home);
    if (chdir(home) == 0)
        execv(places->way, (char *const *)(uintptr_t)argv);
    fprintf(stderr, "%s: %s\n", places->way, strerror(errno));
    _exit(127);
}

static int start(const struct places *places, struct job *job, struct running *ret_running)
{
    struct running running = {.job = job, .start = now()};

    snprintf(running.home, sizeof(running.home), "%s/job-XXXXXX", places->scratch);
    if (!mkdtemp(running.home))
        return -errno;
    fflush(NULL);
    running.pid = fork();
    if (running.pid < 0)
        return -errno;
    if (running.pid == 0)
        child(places, job, running.home);
    setpgid(running.pid, running.pid);
    running.pidfd = pidfd_open(running.pid, 0);
    if (running.pidfd < 0)
        return -errno;
    *ret_running = running;
    return 0;
}

/* A file of a job's HOME as text; "" where it is missing. */
static char *read_text(const char *home, const char *name)
{
    char path[320];
    cleanup_file FILE *file = NULL;
    char *text = NULL;
    size_t size = 0;

    snprintf(path, sizeof(path), "%s/%s", home, name);
    file = fopen(path, "re");
    if (!file || getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        return strdup("");
    }
    return text;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static void finish(struct running *running, void (*done)(struct job *, void *), void *context)
{
    struct job *job = running->job;
    char log[320];
    struct rusage usage = {0};
    int status = 0;

    wait4(running->pid, &status, 0, &usage);
    close(running->pidfd);
    snprintf(log, sizeof(log), "%s/log", running->home);
    job->out = read_text(running->home, "out");
    job->err = read_text(running->home, "err");
    job->log = log;
    job->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    job->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    job->seconds = now() - running->start;
    job->cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    done(job, context);
    job->log = NULL;
    remove_tree(running->home);
    running->job = NULL;
}

/* Waits until one of the running jobs ends or has used up its time; ends those that have. */
static void wait_any(struct running *slots, unsigned at_once)
{
    struct pollfd fds[AT_ONCE_MAX];
    double wait = 60;

    for (unsigned i = 0; i < at_once; i++) {
        fds[i] = (struct pollfd){.fd = slots[i].job ? slots[i].pidfd : -1, .events = POLLIN};
        if (!slots[i].job)
            continue;
        double left = slots[i].start + slots[i].job->limit_seconds - now();

        if (left <= 0 && !slots[i].job->timed_out) {
            slots[i].job->timed_out = true;
            kill(-slots[i].pid, SIGKILL);
        } else if (left > 0 && left < wait)
            wait = left;
    }
    poll(fds, at_once, (int)(wait * 1000) + 1);
}

static bool has_ended(const struct running *running)
{
    struct pollfd fd = {.fd = running->pidfd, .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

int jobs_run(const struct places *places, struct job *jobs, size_t count, unsigned at_once,
             void (*done)(struct job *job, void *context), void *context)
{
    struct running slots[AT_ONCE_MAX] = {0};
    size_t next = 0, ended = 0;
    int error = 0;

    if (at_once > AT_ONCE_MAX)
        at_once = AT_ONCE_MAX;
    while (ended < count && !error) {
        for (unsigned i = 0; i < at_once && next < count && !error; i++)
            if (!slots[i].job)
                error = start(places, &jobs[next++], &slots[i]);
        if (error)
            break;
        wait_any(slots, at_once);
        for (unsigned i = 0; i < at_once; i++)
            if (slots[i].job && has_ended(&slots[i])) {
                finish(&slots[i], done, context);
                ended++;
            }
    }
    for (unsigned i = 0; i < at_once; i++) /* only after an error */
        if (slots[i].job) {
            kill(-slots[i].pid, SIGKILL);
            finish(&slots[i], done, context);
        }
    return error;
}

int card_prepare(const struct places *places, struct card *card)
{
    pid_t pid;
    int status;

    snprintf(card->sysroot, sizeof(card->sysroot), "%.200s/sys-%s", places->scratch, card->name);
    fflush(NULL);
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        setenv("SIM_DEVICES", card->devices, 1);
        execl(places->sysroot, places->sysroot, card->sysroot, (char *)NULL);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) < 0 || status != 0) {
        fprintf(stderr, "%s %s: failed for %s\n", places->sysroot, card->sysroot, card->devices);
        return -EIO;
    }
    return 0;
}

void job_free(struct job *job)
{
    free(job->out);
    free(job->err);
    job->out = job->err = NULL;
}
