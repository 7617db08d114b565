#include "log.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int log_fd = -1;

static void log_open(void)
{
    const char *path = getenv("SIM_LOG");
    if (!path || !*path)
        return;
    log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log_fd < 0)
        fprintf(stderr, "simulated card: SIM_LOG=%s: %s\n", path, strerror(errno));
}

bool log_enabled(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, log_open);
    return log_fd >= 0;
}

void log_event(const char *event, const char *format, ...)
{
    if (!log_enabled())
        return;
    va_list members_list;
    va_start(members_list, format);
    json_error_t error;
    json_t *members = json_vpack_ex(&error, 0, format, members_list);
    va_end(members_list);
    json_t *line = json_pack("{s:s}", "event", event);
    if (members)
        json_object_update(line, members);
    else
        json_object_set_new(line, "malformed", json_string(error.text));
    json_decref(members);
    cleanup_free char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    size_t length = text ? strlen(text) : 0;
    if (!length)
        return;
    text[length] = '\n'; /* in place of the NUL: one write() keeps the line whole */
    if (write(log_fd, text, length + 1) < 0)
        fprintf(stderr, "simulated card: SIM_LOG: %s\n", strerror(errno));
}
