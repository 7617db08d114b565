/* The list of convolutions that the demo shows and the tests run: cases.list. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct test_case {
    char *name;
    char *line; /* MIOpenDriver's */
    char *tags; /* "demo,matrix,quick" */
};

struct case_list {
    struct test_case *cases;
    size_t count;
};

/* Reads the list; a malformed line is an error with its place. 0, or -errno after a message. */
int case_list_read(const char *path, struct case_list *ret_list);

void case_list_free(struct case_list *list);

/* Whether the case bears a tag. */
bool case_has_tag(const struct test_case *test, const char *tag);

/* The case of that name, or NULL. */
const struct test_case *case_list_find(const struct case_list *list, const char *name);
