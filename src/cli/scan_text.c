#include "cli/scan_text.h"

#include "cli/output.h"
#include "codeobj/symbol_name.h"

#include <inttypes.h>
#include <string.h>

enum { KERNELS_SHOWN = 10 };

static const struct {
    char letter;
    const char *color;
    const char *words;
} classes[CLASS_COUNT] = {
    [CLASS_A] = {'A', "\033[31m", "instructions that the chip does not have, or has as others"},
    [CLASS_B] = {'B', "\033[33m", "wrong addresses, s_inst_prefetch, branches by 0x3f"},
    [CLASS_C] = {'C', "\033[33m", "v_cmpx without the wait that the chip needs before it"},
    [CLASS_D] = {'D', "", "other hazards without a compiler's workaround for the chip"},
};

static void print_name(const char *symbol)
{
    char name[SYMBOL_NAME_SIZE];
    text_print(stdout, symbol_demangle(symbol, name) ? name : symbol);
}

/* Those that the chip could be made to take with their kernels, and the others by name. */
static void print_targets(const struct report *report, const struct chip *chip)
{
    char text[2048];
    size_t others = 0;
    size_t used = (size_t)snprintf(text, sizeof(text), "code for: ");
    if (report->targets_count == 0)
        return;
    for (size_t i = 0; i < report->targets_count && used < sizeof(text); i++) {
        const struct target_count *target = &report->targets[i];
        const bool fits = target_fit(chip, target->name) != FIT_NONE;
        const char *between = i == 0 ? "" : !fits && others == 0 ? "; for other chips " : ", ";
        others += !fits;
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", between, target->name);
        if (fits && used < sizeof(text))
            used += (size_t)snprintf(text + used, sizeof(text) - used, " (%" PRIu64 " kernels)",
                                     target->kernels);
    }
    text_print_paragraph(text, 2);
}

static void print_classes(const struct report *report, const struct scan_style *style)
{
    printf("  looked at %s: %" PRIu64 " kernels", report->target, report->kernels);
    if (report->functions > 0)
        printf(", %" PRIu64 " other functions", report->functions);
    printf(", %" PRIu64 " instructions", report->instructions);
    if (report->undecoded > 0)
        printf(", %" PRIu64 " words that are no instruction", report->undecoded);
    uint64_t sites = 0;
    for (enum finding_class class = 0; class < CLASS_COUNT; class ++)
        sites += report->classes[class].sites;
    if (sites == 0) {
        puts("\n  found nothing of classes A to D");
        return;
    }
    puts("\n\n  CLASS  KERNELS    SITES");
    for (enum finding_class class = 0; class < CLASS_COUNT; class ++) {
        const struct class_count *count = &report->classes[class];
        const bool colored = style->color && count->sites > 0 && *classes[class].color;
        printf("  %s%c      %8" PRIu64 " %8" PRIu64 "%s  %s\n", colored ? classes[class].color : "",
               classes[class].letter, count->kernels, count->sites, colored ? "\033[0m" : "",
               classes[class].words);
    }
}

static void print_sites(const struct kernel *kernel)
{
    for (size_t i = 0; i < kernel->sites_count; i++) {
        const struct site *site = &kernel->sites[i];
        printf("       0x%" PRIx64 " (+0x%" PRIx64 ")  %c  %s\n", site->address,
               site->address - kernel->address, classes[finding_class(site->kind)].letter,
               finding_text(site->kind));
    }
}

static void print_kernel(const struct kernel *kernel, const struct scan_style *style)
{
    const bool found = kernel->class < CLASS_COUNT;
    const char *color = found && style->color ? classes[kernel->class].color : "";
    printf("  %s%c%s  ", color, found ? classes[kernel->class].letter : '-',
           *color ? "\033[0m" : "");
    print_name(kernel->name);
    fputs("\n     ", stdout);
    const char *comma = "";
    for (enum finding_kind kind = 0; kind < FINDING_COUNT; kind++) {
        if (kernel->counts[kind] == 0)
            continue;
        printf("%s%" PRIu64 " %s", comma, kernel->counts[kind], finding_id(kind));
        comma = ", ";
    }
    if (!found)
        fputs("nothing of what is looked for", stdout);
    printf("; %s%" PRIu64 " instructions at 0x%" PRIx64, kernel->launched ? "" : "a function of ",
           kernel->instructions, kernel->address);
    if (*kernel->place) {
        fputs(" of ", stdout);
        text_print(stdout, kernel->place);
    }
    putchar('\n');
    if (style->sites)
        print_sites(kernel);
}

static void print_kernels(const struct report *report, const struct scan_style *style)
{
    size_t of_class = 0;
    enum finding_class class = CLASS_COUNT;
    for (size_t i = 0; i < report->rows_count; i++) {
        const struct kernel *kernel = &report->rows[i];
        const bool last = i + 1 == report->rows_count || report->rows[i + 1].class != kernel->class;
        of_class = i > 0 && kernel->class == class ? of_class + 1 : 1;
        class = kernel->class;
        if (i == 0)
            putchar('\n');
        if (style->all || style->lookup || of_class <= KERNELS_SHOWN)
            print_kernel(kernel, style);
        else if (last)
            printf("  %c  and %zu more: --all lists them\n", classes[class].letter,
                   of_class - KERNELS_SHOWN);
    }
}

static void print_notes(const struct report *report)
{
    for (size_t i = 0; i < report->notes_count && i < NOTES_SHOWN; i++) {
        fputs("  note: ", stdout);
        text_print(stdout, report->notes[i] ? report->notes[i] : "out of memory");
        putchar('\n');
    }
    if (report->notes_count > NOTES_SHOWN)
        printf("  note: and %" PRIu64 " more of these\n", report->notes_count - NOTES_SHOWN);
}

void scan_print_report(const struct report *report, const struct scan_style *style)
{
    char advice[VERDICT_TEXT_SIZE];
    text_print(stdout, report->path);
    putchar('\n');
    if (!style->lookup) {
        verdict_text(report, style->chip, advice);
        text_print_paragraph(advice, 2);
        print_targets(report, style->chip);
        if (report->target)
            print_classes(report, style);
    }
    print_kernels(report, style);
    print_notes(report);
}

void scan_print_meaning(const struct chip *chip)
{
    char text[512];
    putchar('\n');
    snprintf(
        text, sizeof(text),
        "Classes A to D are what LLVM's description of %s says of such code. What a card makes "
        "of it, and whether it comes to that, is not in a file; nor is code that is compiled "
        "while a program runs, or what no rule of this scan looks for.",
        chip->name);
    text_print_paragraph(text, 0);
}
