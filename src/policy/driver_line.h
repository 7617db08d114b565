/*
 * Problems as MIOpenDriver's command lines: `conv -n 1 -c 64 -H 56 -W 56 -k 64 -y 3 -x 3 -p 1 -q 1
 * -u 1 -v 1 -l 1 -j 1 -m conv -g 1 -F 1 -t 1`. Base names: conv, convfp16, convbfp16, convint8.
 * Source: MIOpen driver/conv_driver.hpp (AddCmdLineArgs) and driver/main.cpp.
 */
#pragma once

#include "policy/problem.h"

#include <stddef.h>

/*
 * Parses a line (options in any order; "./bin/MIOpenDriver " or "MIOpenDriver " in front allowed,
 * options that do not describe the problem, such as -V or -i, are passed over). -F must name one
 * direction (1, 2 or 4). 0, or -EINVAL with a message for people in `ret_error`.
 */
int driver_line_parse(const char *text, struct problem *ret_problem, char *ret_error,
                      size_t error_size);

/*
 * Writes the line that replays a problem. 0; -EOPNOTSUPP where the driver cannot express it
 * (non-packed tensors, asymmetric strides it has no option for); -ENOSPC.
 */
int driver_line_write(const struct problem *problem, char *ret_line, size_t size);
