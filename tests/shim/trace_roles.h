/*
 * What the processes of test_trace do: each role is a program of its own, under a trace or without,
 * started by the test from this same executable.
 */
#pragma once

/* Runs the role of that name. Its exit status: 0 where all is well. */
int role_play(const char *name, const char *argument);

/* Exit statuses of the role "switches". */
#define ROLE_SWITCHES_SET   10
#define ROLE_SWITCHES_UNSET 11
