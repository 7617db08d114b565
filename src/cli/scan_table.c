#include "cli/scan_text.h"

#include "base/cleanup.h"
#include "cli/output.h"

#include <errno.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>

enum { COLUMN_FOUND, COLUMN_TARGET, COLUMN_KERNELS, COLUMN_CLASSES, COLUMN_FILE = 7, COLUMNS };

static const struct {
    const char *name;
    int flags;
} columns[COLUMNS] = {
    [COLUMN_FOUND] = {"FOUND", 0},
    [COLUMN_TARGET] = {"LOOKED AT", 0},
    [COLUMN_KERNELS] = {"KERNELS", SCOLS_FL_RIGHT},
    [COLUMN_CLASSES + CLASS_A] = {"A", SCOLS_FL_RIGHT},
    [COLUMN_CLASSES + CLASS_B] = {"B", SCOLS_FL_RIGHT},
    [COLUMN_CLASSES + CLASS_C] = {"C", SCOLS_FL_RIGHT},
    [COLUMN_CLASSES + CLASS_D] = {"D", SCOLS_FL_RIGHT},
    [COLUMN_FILE] = {"FILE", 0},
};

int scan_table_begin(const struct scan_style *style, struct scan_table *ret_table)
{
    *ret_table = (struct scan_table){.table = scols_new_table()};
    int r = ret_table->table ? scols_table_enable_colors(ret_table->table, style->color) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < COLUMNS; i++)
        r = scols_table_new_column(ret_table->table, columns[i].name, 0, columns[i].flags)
                ? 0
                : -ENOMEM;
    return r;
}

static const char *verdict_color(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_NATIVE:
    case VERDICT_GENERIC:
    case VERDICT_COMPATIBLE:
        return "green";
    case VERDICT_NEAR:
    case VERDICT_LATER:
        return "yellow";
    case VERDICT_FOREIGN:
    case VERDICT_NO_CODE:
    case VERDICT_COUNT:
        break;
    }
    return NULL;
}

static int line_add(struct scan_table *table, const struct report *report, enum verdict verdict)
{
    char numbers[COLUMNS][24] = {{0}};
    const char *cells[COLUMNS] = {
        [COLUMN_FOUND] = verdict_words(verdict),
        [COLUMN_TARGET] = report->target ? report->target : "-",
        [COLUMN_FILE] = report->path,
    };
    snprintf(numbers[COLUMN_KERNELS], sizeof(numbers[0]), "%" PRIu64, report->kernels);
    for (enum finding_class class = 0; class < CLASS_COUNT; class ++)
        snprintf(numbers[COLUMN_CLASSES + class], sizeof(numbers[0]), "%" PRIu64,
                 report->classes[class].kernels);
    struct libscols_line *line = scols_table_new_line(table->table, NULL);
    int r = line ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < COLUMNS; i++) {
        const char *number = report->target ? numbers[i] : "-";
        r = scols_line_set_data(line, i, cells[i] ? cells[i] : number);
    }
    const char *color = verdict_color(verdict);
    if (r == 0 && color)
        r = scols_cell_set_color(scols_line_get_cell(line, COLUMN_FOUND), color);
    return r;
}

int scan_table_add(struct scan_table *table, const struct report *report,
                   const struct scan_style *style, bool listed)
{
    const enum verdict verdict = verdict_of(report, style->chip);
    table->files[verdict]++;
    if (!listed && (verdict == VERDICT_FOREIGN || verdict == VERDICT_NO_CODE)) {
        table->unlisted++;
        return 0;
    }
    return line_add(table, report, verdict);
}

/* What to do, of all files together. */
static void print_advice(const struct scan_table *table, const struct chip *chip)
{
    char text[640];
    const size_t own = table->files[VERDICT_NATIVE] + table->files[VERDICT_GENERIC];
    const size_t sister = table->files[VERDICT_COMPATIBLE];
    const size_t other = table->files[VERDICT_NEAR] + table->files[VERDICT_LATER];
    const char *name = chip->name;
    if (own + sister + other == 0)
        snprintf(text, sizeof(text), "No file here holds GPU code that %s can be made to take.",
                 name);
    else if (own == 0 && sister == 0)
        snprintf(text, sizeof(text),
                 "There is no code for %s: without HSA_OVERRIDE_GFX_VERSION these files are of no "
                 "use to it, with it (10.3.0 for gfx1030) it gets what was found above.",
                 name);
    else if (other == 0)
        snprintf(text, sizeof(text),
                 sister == 0
                     ? "%s: HSA_OVERRIDE_GFX_VERSION is not needed for any of these files."
                     : "%s: HSA_OVERRIDE_GFX_VERSION=10.1.0 has ROCm take code for gfx1010.",
                 name);
    else
        snprintf(
            text, sizeof(text),
            "%s: %zu files hold code for it, %zu only for chips that differ. What keeps a file "
            "for each chip, as rocBLAS does, takes its own. A program that needs others as "
            "well needs HSA_OVERRIDE_GFX_VERSION (10.3.0 for gfx1030), and then gets no code "
            "of its own from any file.",
            name, own + sister, other);
    text_print_paragraph(text, 0);
}

int scan_table_print(const struct scan_table *table, const struct scan_style *style)
{
    int r = 0;
    if (scols_table_get_nlines(table->table) > 0) {
        r = scols_print_table(table->table);
        puts("\nA to D: kernels whose gravest finding is of that class; scan one file to see "
             "which.");
    }
    if (table->unlisted > 0)
        printf(
            "Without a line: %zu without GPU code, %zu for other chips only; --all has them too.\n",
            table->files[VERDICT_NO_CODE], table->files[VERDICT_FOREIGN]);
    print_advice(table, style->chip);
    return r;
}

void scan_table_free(struct scan_table *table)
{
    scols_unref_table(table->table);
    table->table = NULL;
}
