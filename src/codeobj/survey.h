/* Many files at once: read by all cores, handed out in their order. */
#pragma once

#include "codeobj/paths.h"
#include "codeobj/report.h"

struct survey {
    const struct path_list *paths;
    const struct report_request *request;
    unsigned threads; /* 0: as many as there are cores */
    /* Where set, gives and takes reports that were made before; called from any thread. */
    bool (*recall)(const struct path *path, struct report *ret_report, void *context);
    void (*keep)(const struct path *path, const struct report *report, void *context);
    /* One by one, in the order of the paths; an error where there is no report. Only while it runs.
     */
    void (*show)(const struct path *path, const struct report *report, int error, void *context);
    /* How many files are done; now and then, from the calling thread. NULL: not wanted. */
    void (*progress)(size_t files, void *context);
    void *context;
};

/* Reads all of them. 0, or -errno where no thread can be had or memory is short. */
int survey_run(const struct survey *survey);
