#include "codeobj/paths.h"

#include "base/cleanup.h"
#include "codeobj/container.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { DEPTH_LIMIT = 64 };

struct identity {
    dev_t device;
    ino_t inode;
};

static int compare_identities(const void *a, const void *b)
{
    const struct identity *first = a;
    const struct identity *second = b;
    if (first->device != second->device)
        return first->device < second->device ? -1 : 1;
    return (first->inode > second->inode) - (first->inode < second->inode);
}

/* 1 where it was met before, 0 where it was not and is now, or -ENOMEM. */
static int meet(struct path_list *list, const struct stat *status)
{
    const struct identity wanted = {status->st_dev, status->st_ino};
    if (tfind(&wanted, &list->met, compare_identities))
        return 1;
    struct identity *identity = malloc(sizeof(*identity));
    if (!identity)
        return -ENOMEM;
    *identity = wanted;
    if (tsearch(identity, &list->met, compare_identities))
        return 0;
    free(identity);
    return -ENOMEM;
}

static int append(struct path_list *list, const char *name, bool named, uint64_t size_bytes,
                  int error)
{
    const size_t count = list->count;
    if ((count & (count - 1)) == 0) {
        struct path *larger = reallocarray(list->paths, count ? count * 2 : 1, sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        list->paths = larger;
    }
    char *copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    list->paths[list->count++] =
        (struct path){.name = copy, .named = named, .size_bytes = size_bytes, .error = error};
    return 0;
}

/* Whether the first bytes are those of something that may hold GPU code; -errno. */
static int may_hold_code(const char *name)
{
    uint8_t head[CONTAINER_HEAD_SIZE];
    cleanup_fd const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    const ssize_t size = read(fd, head, sizeof(head));
    if (size < 0)
        return -errno;
    return container_kind((struct span){head, (size_t)size}) != CONTAINER_NONE;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* What is still to be looked at, the next one last. */
struct pending {
    struct pending_path {
        char *name;
        unsigned depth; /* directories above it, up to the one that was named */
    } * entries;
    size_t count;
    size_t room;
};

/* Takes the name over, whatever comes of it. */
static int pending_push(struct pending *pending, char *name, unsigned depth)
{
    if (name && pending->count == pending->room) {
        const size_t room = pending->room ? pending->room * 2 : 16;
        struct pending_path *larger = reallocarray(pending->entries, room, sizeof(*larger));
        if (larger) {
            pending->entries = larger;
            pending->room = room;
        }
    }
    if (!name || pending->count == pending->room) {
        free(name);
        return -ENOMEM;
    }
    pending->entries[pending->count++] = (struct pending_path){name, depth};
    return 0;
}

/* What is in a directory comes next, by name. */
static int pending_push_directory(struct pending *pending, struct path_list *list, const char *name,
                                  unsigned depth)
{
    struct dirent **entries = NULL;
    const int count = scandir(name, &entries, no_dots, by_name);
    if (count < 0)
        return errno == ENOMEM ? -ENOMEM : append(list, name, depth == 0, 0, -errno);
    const char *slash = name[strlen(name) - 1] == '/' ? "" : "/";
    int r = 0;
    for (int i = count; i-- > 0;) {
        char *below = NULL;
        if (r == 0 && asprintf(&below, "%s%s%s", name, slash, entries[i]->d_name) < 0)
            below = NULL;
        if (r == 0)
            r = pending_push(pending, below, depth + 1);
        free(entries[i]);
    }
    free(entries);
    return r;
}

static int look(struct path_list *list, struct pending *pending, const char *name, unsigned depth)
{
    const bool named = depth == 0;
    struct stat status;
    if (stat(name, &status) < 0) /* a link that leads nowhere is nobody's file */
        return named ? append(list, name, named, 0, -errno) : 0;
    const bool is_directory = S_ISDIR(status.st_mode);
    if (!is_directory && !S_ISREG(status.st_mode))
        return named ? append(list, name, named, 0, -EACCES) : 0;
    const int met = meet(list, &status);
    if (met != 0)
        return met < 0 ? met : 0;
    if (is_directory) {
        /* File systems without a device, below which there are no libraries: /proc, /sys, … */
        const bool is_made_up = depth > 0 && major(status.st_dev) == 0 && status.st_size == 0;
        return depth < DEPTH_LIMIT && !is_made_up
                   ? pending_push_directory(pending, list, name, depth)
                   : 0;
    }
    const int may = named ? 1 : may_hold_code(name);
    if (may == 0)
        return 0;
    return append(list, name, named, (uint64_t)status.st_size, may < 0 ? may : 0);
}

int path_list_add(struct path_list *list, const char *path)
{
    struct pending pending = {0};
    int r = pending_push(&pending, strdup(path), 0);
    while (pending.count > 0) {
        const struct pending_path entry = pending.entries[--pending.count];
        if (r == 0)
            r = look(list, &pending, entry.name, entry.depth);
        free(entry.name);
    }
    free(pending.entries);
    return r;
}

void path_list_free(struct path_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i].name);
    free(list->paths);
    tdestroy(list->met, free);
    *list = (struct path_list){0};
}
