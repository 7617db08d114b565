/*
 * A program's first search for a convolution, and the convolution after it. Prints one JSON object:
 * the call that failed and its status, and how long the simulated card's log (SIM_LOG) was when the
 * search had ended: what stands before is the search's, what follows is the convolution's.
 */
#include "client.h"
#include "launches.h"
#include "policy/driver_line.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    const char *log = getenv("SIM_LOG");
    struct problem problem;
    struct client client;
    struct outcome outcome = {.solver = 0};
    int64_t end = 0;
    char error[256] = "expected a MIOpenDriver line";

    if (argc != 2 || driver_line_parse(argv[1], &problem, error, sizeof(error)) < 0) {
        fprintf(stderr, "first_find: %s\n", error);
        return 2;
    }
    setenv("SIM_EXECUTE", "0", 1); /* launches are counted, not their results judged */
    outcome.status = client_open(0, &problem, &client, &outcome.stage);
    if (outcome.status == miopenStatusSuccess && client_prepare(&client, ROAD_FIND, &outcome)) {
        end = launches_mark(log);
        client_run(&client, ROAD_FIND, &outcome);
    }
    client_close(&client);
    printf("{\"stage\": \"%s\", \"status\": %d, \"find_end\": %lld}\n", outcome.stage,
           (int)outcome.status, (long long)end);
    return EXIT_SUCCESS;
}
