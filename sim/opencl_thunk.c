#include "opencl_thunk.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The opening parenthesis of the parameters of the first function of that name, or NULL. */
static const char *parameters_find(const char *source, const char *kernel)
{
    size_t length = strlen(kernel);
    for (const char *at = source; (at = strstr(at, kernel)); at += length) {
        if ((at > source && is_word(at[-1])) || is_word(at[length]))
            continue;
        const char *after = at + length;
        after += strspn(after, " \t\n");
        if (*after == '(')
            return after;
    }
    return NULL;
}

/* The end of the parameter that starts here: a comma or the closing parenthesis. */
static const char *parameter_end(const char *at)
{
    int depth = 0;
    for (; *at; at++) {
        if (depth == 0 && (*at == ',' || *at == ')'))
            return at;
        depth += *at == '(' || *at == '[' ? 1 : 0;
        depth -= *at == ')' || *at == ']' ? 1 : 0;
    }
    return NULL;
}

/* The declaration without the name at its end, as a typedef of its own. */
static int parameter_write(const char *start, const char *end, unsigned index, FILE *out)
{
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    const char *name = end;
    while (name > start && is_word(name[-1]))
        name--;
    if (name == start || name == end)
        return -EINVAL;
    fprintf(out, "typedef ");
    for (const char *at = start; at < name; at++)
        fputc(*at == '\n' ? ' ' : *at, out);
    fprintf(out, " sim_type_%u;\n", index);
    fprintf(out,
            "enum { sim_at_%u = (sim_end_%u + __alignof__(sim_type_%u) - 1) & "
            "~(__alignof__(sim_type_%u) - 1), sim_end_%u = sim_at_%u + sizeof(sim_type_%u) };\n",
            index, index, index, index, index + 1, index, index);
    return 0;
}

static void call_write(const char *kernel, unsigned count, FILE *out)
{
    fprintf(out, "static inline void sim_call(const char *arguments)\n{\n    %s(", kernel);
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "%s\n        *(sim_type_%u *)(arguments + sim_at_%u)", i ? "," : "", i, i);
    fprintf(out, ");\n}\n");
    fprintf(out,
            "__constant unsigned sim_arguments_count = %u;\n"
            "__constant unsigned sim_arguments[][2] = {\n",
            count);
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "    {sim_at_%u, sizeof(sim_type_%u)},\n", i, i);
    fprintf(out, "    {0, 0}};\n");
}

static const char group_text[] =
    "void sim_group(const struct sim_launch *launch)\n"
    "{\n"
    "    sim_now = *launch;\n"
    "    for (unsigned z = 0; z < launch->extent[2]; z++)\n"
    "        for (unsigned y = 0; y < launch->extent[1]; y++)\n"
    "            for (unsigned x = 0; x < launch->extent[0]; x++) {\n"
    "                sim_local[0] = x;\n"
    "                sim_local[1] = y;\n"
    "                sim_local[2] = z;\n"
    "                sim_call(launch->arguments);\n"
    "            }\n"
    "}\n"
    "void sim_thread(const struct sim_launch *launch, unsigned index)\n"
    "{\n"
    "    sim_now = *launch;\n"
    "    sim_local[0] = index % launch->extent[0];\n"
    "    sim_local[1] = index / launch->extent[0] % launch->extent[1];\n"
    "    sim_local[2] = index / launch->extent[0] / launch->extent[1];\n"
    "    sim_call(launch->arguments);\n"
    "}\n";

int opencl_thunk_write(const char *source, const char *kernel, FILE *out)
{
    const char *at = parameters_find(source, kernel);
    if (!at)
        return -ENOENT;
    unsigned count = 0;
    fprintf(out, "\nenum { sim_end_0 = 0 };\n");
    for (at++;; at++) {
        const char *end = parameter_end(at);
        if (!end)
            return -EINVAL;
        while (isspace((unsigned char)*at))
            at++;
        if (at < end) {
            int result = parameter_write(at, end, count, out);
            if (result)
                return result;
            count++;
        }
        at = end;
        if (*at == ')')
            break;
    }
    call_write(kernel, count, out);
    fputs(group_text, out);
    /* kernel/opencl.h defines sim_barrier(void); a use has no argument. */
    if (strstr(source, "sim_barrier()"))
        fputs("void sim_barrier_used(void) {}\n", out);
    return 0;
}
