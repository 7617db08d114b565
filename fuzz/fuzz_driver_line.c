/* Any text as a MIOpenDriver line: no crash, and what is understood can be written and read again.
 */
#include "policy/driver_line.h"
#include "policy/solver.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    struct problem problem;
    char error[200] = "";
    if (driver_line_parse(text, &problem, error, sizeof(error)) < 0) {
        if (!*error)
            abort();
    } else {
        char line[1024];
        struct problem again;
        if (driver_line_write(&problem, line, sizeof(line)) < 0 ||
            driver_line_parse(line, &again, error, sizeof(error)) < 0 ||
            !problem_equal(&problem, &again) || problem_hash(&problem) != problem_hash(&again))
            abort();
        const struct version miopen = {.major = 3, .minor = 5, .patch = 1};
        for (size_t i = 0; i < solvers_count; i++)
            (void)solver_can_apply(&solvers[i], &problem, miopen, 0);
    }
    free(text);
    return 0;
}
