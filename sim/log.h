/* The log of what the simulated card did: one JSON object a line, appended to the file SIM_LOG. */
#pragma once

#include <stdbool.h>

/* Whether anything is logged; callers that would compute something for the log ask first. */
bool log_enabled(void);

/*
 * Appends {"event": event, …}; the members follow jansson's json_pack() format, which must describe
 * an object. Each line is written at once, so that several processes can share a file.
 */
void log_event(const char *event, const char *format, ...);
