#include "picture.h"

#include "base/cleanup.h"
#include "kernels.h"
#include "record.h"

#include <libsmartcols/libsmartcols.h>
#include <string.h>

#define CELL_SIZE   160
#define REASONS_MAX 32

/* Reasons of failures, numbered in the order of their first appearance. */
struct reasons {
    const char *texts[REASONS_MAX];
    size_t count;
};

static const char *const way_titles[WAY_COUNT] = {
    "plain MIOpen",
    "original recipe",
    "our environment",
    "shim",
};

static size_t reason_number(struct reasons *reasons, const char *text)
{
    size_t i = 0;

    while (i < reasons->count && strcmp(reasons->texts[i], text) != 0)
        i++;
    if (i == reasons->count && i < REASONS_MAX)
        reasons->texts[reasons->count++] = text;
    return i + 1;
}

/* "GEMM 91, exact", "Find: status 7 [1]", "modelled fault [2]". */
static void result_cell(const json_t *record, struct reasons *reasons, char *ret_cell)
{
    json_t *error = json_object_get(record, "max_error");
    json_int_t solver = json_integer_value(json_object_get(record, "solver_id"));
    const char *died = record_text(record, "died");
    char number[24] = "";

    if (*died || json_integer_value(json_object_get(record, "status")) != 0 ||
        !json_is_integer(json_object_get(record, "status"))) {
        size_t reason = reason_number(reasons, record_text(record, "message"));

        if (strcmp(died, "fault") == 0)
            snprintf(ret_cell, CELL_SIZE, "modelled fault [%zu]", reason);
        else if (*died)
            snprintf(ret_cell, CELL_SIZE, "%s [%zu]", died, reason);
        else
            snprintf(ret_cell, CELL_SIZE, "%s: status %d [%zu]", record_text(record, "stage"),
                     (int)json_integer_value(json_object_get(record, "status")), reason);
        return;
    }
    if (solver)
        snprintf(number, sizeof(number), " %d", (int)solver);
    if (json_is_true(json_object_get(record, "ok")))
        snprintf(ret_cell, CELL_SIZE, "%s%s, exact", record_text(record, "algorithm"), number);
    else if (json_is_number(error))
        snprintf(ret_cell, CELL_SIZE, "%s%s, error %.1e", record_text(record, "algorithm"), number,
                 json_number_value(error));
    else
        snprintf(ret_cell, CELL_SIZE, "%s%s, not numbers", record_text(record, "algorithm"),
                 number);
}

/* Short names of the kernels, each once. */
static void kernels_cell(const json_t *record, char *ret_cell)
{
    const json_t *kernels = json_object_get(record, "kernels");
    size_t length = 0;
    char name[CELL_SIZE];

    snprintf(ret_cell, CELL_SIZE, "-");
    for (size_t i = 0; i < json_array_size(kernels); i++) {
        kernel_short_name(json_string_value(json_array_get(kernels, i)), name, sizeof(name));
        if ((length == 0 || !strstr(ret_cell, name)) && length < CELL_SIZE)
            length += (size_t)snprintf(ret_cell + length, CELL_SIZE - length, "%s%.24s",
                                       length ? " " : "", name);
    }
}

static void add_row(struct libscols_table *table, const json_t *row, struct reasons *reasons)
{
    struct libscols_line *results = scols_table_new_line(table, NULL);
    struct libscols_line *kernels = scols_table_new_line(table, NULL);

    scols_line_set_data(results, 0, record_text(row, "case"));
    for (size_t way = 0; way < WAY_COUNT; way++) {
        const json_t *record = json_object_get(row, way_names[way]);
        char cell[CELL_SIZE];

        result_cell(record, reasons, cell);
        scols_line_set_data(results, way + 1, cell);
        scols_cell_set_color(scols_line_get_cell(results, way + 1),
                             json_is_true(json_object_get(record, "ok")) ? "green" : "red");
        kernels_cell(record, cell);
        scols_line_set_data(kernels, way + 1, cell);
    }
}

void picture_print(FILE *to, const char *miopen, const char *card, const json_t *rows, bool color)
{
    struct libscols_table *table = scols_new_table();
    struct reasons reasons = {0};

    fprintf(to, "\nMIOpen %s on a simulated %s\n\n", miopen, card);
    scols_table_set_stream(table, to);
    scols_table_enable_colors(table, color);
    scols_table_enable_maxout(table, false);
    scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER); /* never cut: the pager scrolls */
    scols_table_new_column(table, "convolution", 0, 0);
    for (size_t way = 0; way < WAY_COUNT; way++)
        scols_table_new_column(table, way_titles[way], 0, 0);
    for (size_t i = 0; i < json_array_size(rows); i++)
        add_row(table, json_array_get(rows, i), &reasons);
    scols_print_table(table);
    scols_unref_table(table);

    fputs("\nWhy:\n", to);
    for (size_t i = 0; i < reasons.count; i++)
        fprintf(to, "  [%zu] %.200s\n", i + 1, reasons.texts[i]);
    fputs("\nRight results:\n", to);
    for (size_t way = 0; way < WAY_COUNT; way++) {
        size_t right = 0, by_gemm = 0;

        for (size_t i = 0; i < json_array_size(rows); i++) {
            const json_t *record = json_object_get(json_array_get(rows, i), way_names[way]);
            bool ok = json_is_true(json_object_get(record, "ok"));

            right += ok;
            by_gemm += ok && strcmp(record_text(record, "algorithm"), "GEMM") == 0;
        }
        fprintf(to, "  %-16s %3zu of %zu, %zu of them by GEMM\n", way_titles[way], right,
                json_array_size(rows), by_gemm);
    }
}

void picture_print_legend(FILE *to)
{
    fputs("\nHow to read it: the algorithm that MIOpen ran and its solver's number (91 "
          "GemmFwdRest, 85\n"
          "ConvDirectNaiveConvFwd, ...), or the call that failed; below it the kernels of that "
          "run. \"exact\":\n"
          "every element equals a double-precision reference, on inputs whose result can be held "
          "exactly.\n"
          "Real: MIOpen as Debian built it, its choices, its messages, its kernels' sources (run "
          "on the CPU).\n"
          "Modelled: the card. A kernel that the CPU cannot run (assembly) counts as a memory "
          "fault. rocBLAS is\n"
          "a stand-in. Nothing here ran on RDNA1 silicon.\n",
          to);
}
