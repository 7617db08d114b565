#include "table.h"

#include "row.h"

#include <libsmartcols/libsmartcols.h>
#include <string.h>

#define CELL_SIZE 64

enum column { AREA, MIOPEN, NAME, OURS, OTHER, UNIT, RATIO, WANTED, VERDICT, COLUMN_COUNT };

static const struct {
    const char *title;
    int flags;
} columns[COLUMN_COUNT] = {
    [AREA] = {"AREA", 0},
    [MIOPEN] = {"MIOPEN", 0},
    [NAME] = {"WHAT", 0},
    [OURS] = {"OURS", SCOLS_FL_RIGHT},
    [OTHER] = {"OTHER", SCOLS_FL_RIGHT},
    [UNIT] = {"UNIT", 0},
    [RATIO] = {"RATIO", 0},
    [WANTED] = {"WANTED", 0},
    [VERDICT] = {"", 0},
};

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));

    return text ? text : "";
}

/* "12345", "0.0132" */
static void number_cell(const json_t *row, const char *key, char *ret_cell)
{
    const double number = json_number_value(json_object_get(row, key));

    snprintf(ret_cell, CELL_SIZE, number >= 1 || number == 0 ? "%.0f" : "%.4f", number);
}

/* "1.0043", "1/57" where that says more, "0" */
static int ratio_text(double ratio, char *ret_text)
{
    if (ratio > 0 && ratio < 0.5)
        return snprintf(ret_text, CELL_SIZE, "1/%.0f", 1 / ratio);
    return snprintf(ret_text, CELL_SIZE, "%.*f", ratio > 0 ? 4 : 0, ratio);
}

/* "1.0043 (1.0031 to 1.0060)" */
static void ratio_cell(const json_t *row, char *ret_cell)
{
    const json_t *ratio = json_object_get(row, "ratio");
    const json_t *low = json_object_get(row, "low"), *high = json_object_get(row, "high");
    int length;

    if (!json_is_number(ratio)) {
        snprintf(ret_cell, CELL_SIZE, "-");
        return;
    }
    length = ratio_text(json_number_value(ratio), ret_cell);
    if (json_number_value(ratio) >= 0.5 && json_is_number(low) && json_is_number(high))
        snprintf(ret_cell + length, (size_t)(CELL_SIZE - length), " (%.4f to %.4f)",
                 json_number_value(low), json_number_value(high));
}

/* "at most 1.01", "at most 1/20", "none" */
static void wanted_cell(const json_t *row, char *ret_cell)
{
    const json_t *wanted = json_object_get(row, "wanted");
    const double most = json_number_value(wanted);

    if (!json_is_number(wanted))
        snprintf(ret_cell, CELL_SIZE, "%s", "");
    else if (most > 0 && most < 0.5)
        snprintf(ret_cell, CELL_SIZE, "at most 1/%.0f", 1 / most);
    else if (most > 0)
        snprintf(ret_cell, CELL_SIZE, "at most %.2f", most);
    else
        snprintf(ret_cell, CELL_SIZE, "none");
}

static void add_row(struct libscols_table *table, const json_t *row)
{
    struct libscols_line *line = scols_table_new_line(table, NULL);
    const char *verdict = row_verdict(row);
    char cell[CELL_SIZE];

    scols_line_set_data(line, AREA, text_of(row, "area"));
    scols_line_set_data(line, MIOPEN, text_of(row, "miopen"));
    scols_line_set_data(line, NAME, text_of(row, "name"));
    scols_line_set_data(line, UNIT, text_of(row, "unit"));
    number_cell(row, "ours", cell);
    scols_line_set_data(line, OURS, cell);
    number_cell(row, "other", cell);
    scols_line_set_data(line, OTHER, cell);
    ratio_cell(row, cell);
    scols_line_set_data(line, RATIO, cell);
    wanted_cell(row, cell);
    scols_line_set_data(line, WANTED, cell);
    scols_line_set_data(line, VERDICT, verdict);
    if (strcmp(verdict, "ok") != 0)
        scols_cell_set_color(scols_line_get_cell(line, VERDICT), "red");
}

void table_print(FILE *to, const json_t *rows, bool color)
{
    struct libscols_table *table = scols_new_table();
    const json_t *row;
    size_t i;

    scols_table_set_stream(table, to);
    scols_table_enable_colors(table, color);
    scols_table_enable_maxout(table, false);
    scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER); /* never cut: the pager scrolls */
    for (size_t column = 0; column < COLUMN_COUNT; column++)
        scols_table_new_column(table, columns[column].title, 0, columns[column].flags);
    json_array_foreach(rows, i, row)
    {
        add_row(table, row);
    }
    scols_print_table(table);
    scols_unref_table(table);
}
