#include "cli/status_libraries.h"

#include "cli/json.h"
#include "cli/output.h"
#include "cli/scan_cache.h"
#include "facts/target.h"

#include <errno.h>
#include <string.h>

static bool recall(const struct path *path, struct report *ret_report, void *context)
{
    return scan_cache_recall(context, path, ret_report);
}

static int chip_read(const char *sysroot, struct chip_libraries *libraries)
{
    struct scan_cache cache;
    scan_cache_open(libraries->chip, NULL, &cache);
    const struct library_source source = {.sysroot = sysroot,
                                          .chip = libraries->chip,
                                          .get = process_environment,
                                          .recall = recall,
                                          .context = &cache};
    const int r = library_list_read(&source, &libraries->list);
    scan_cache_close(&cache);
    return r;
}

/* The place of a chip among those that were met; the next free one where it is new. */
static struct chip_libraries *place_of(struct status_libraries *libraries, const struct chip *chip)
{
    size_t i = 0;
    while (i < libraries->count && libraries->chips[i].chip != chip)
        i++;
    return &libraries->chips[i];
}

int status_libraries_read(const char *sysroot, const struct machine *machine,
                          struct status_libraries *ret_libraries)
{
    struct status_libraries libraries = {0};
    libraries.chips = calloc(machine->gpus.count + 1, sizeof(*libraries.chips));
    int r = libraries.chips ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < machine->gpus.count; i++) {
        const struct gpu *gpu = &machine->gpus.gpus[i];
        const struct chip *chip = chip_from_name(gpu->chip);
        struct target target;
        if (!chip)
            continue;
        struct chip_libraries *place = place_of(&libraries, chip);
        target_read(gpu, process_environment, NULL, &target);
        place->overridden |= strcmp(target.name, chip->name) != 0;
        if (place->chip)
            continue;
        place->chip = chip;
        libraries.count++;
        r = chip_read(sysroot, place);
    }
    if (r < 0)
        status_libraries_free(&libraries);
    else
        *ret_libraries = libraries;
    return r;
}

void status_libraries_free(struct status_libraries *libraries)
{
    for (size_t i = 0; i < libraries->count; i++)
        library_list_free(&libraries->chips[i].list);
    free(libraries->chips);
    *libraries = (struct status_libraries){0};
}

static void print_library(const struct library *library, bool overridden)
{
    fputs("    ", stdout);
    text_print(stdout, library->path);
    printf(" (%s): ", library->what);
    if (library->error < 0)
        printf("cannot be read: %s", strerror(-library->error));
    else
        fputs(verdict_words(library->verdict), stdout);
    if (library->verdict == VERDICT_NATIVE && overridden)
        fputs(", which ROCm passes over for the target that is set", stdout);
    else if (*library->override)
        printf(" (%s), which HSA_OVERRIDE_GFX_VERSION=%s has ROCm take", library->target,
               library->override);
    putchar('\n');
}

static void print_override(const struct library_list *list)
{
    const char *value = NULL;
    switch (library_list_override(list, &value)) {
    case OVERRIDE_NONE:
        puts("    HSA_OVERRIDE_GFX_VERSION is not needed for them");
        break;
    case OVERRIDE_ONE:
        printf("    HSA_OVERRIDE_GFX_VERSION=%s is needed for them\n", value);
        break;
    case OVERRIDE_DIFFERS:
        puts("    HSA_OVERRIDE_GFX_VERSION cannot be right for all of them: set it for the "
             "programs that need it");
        break;
    case OVERRIDE_UNKNOWN:
    case OVERRIDE_NEEDS:
        break;
    }
}

void status_libraries_print(const struct status_libraries *libraries)
{
    for (size_t i = 0; i < libraries->count; i++) {
        const struct chip_libraries *of = &libraries->chips[i];
        if (of->list.count == 0)
            puts("Libraries with GPU code: none in the usual places; rocm-rdna1 scan looks in "
                 "others");
        else
            printf("Libraries with GPU code, and what that is to %s:\n", of->chip->name);
        for (size_t k = 0; k < of->list.count; k++)
            print_library(&of->list.libraries[k], of->overridden);
        print_override(&of->list);
        if (of->list.count == 0)
            break;
    }
}

json_t *status_override_json(const struct status_libraries *libraries)
{
    json_t *array = json_array();
    for (size_t i = 0; i < libraries->count; i++) {
        const char *value = NULL;
        const enum override_need need = library_list_override(&libraries->chips[i].list, &value);
        json_array_append_new(array, json_pack("{s:s, s:s, s:o}", "chip",
                                               libraries->chips[i].chip->name, "needed",
                                               override_need_id(need), "value", json_text(value)));
    }
    return array;
}

json_t *status_libraries_json(const struct status_libraries *libraries)
{
    json_t *array = json_array();
    for (size_t i = 0; i < libraries->count; i++) {
        const struct chip_libraries *of = &libraries->chips[i];
        for (size_t k = 0; k < of->list.count; k++) {
            const struct library *library = &of->list.libraries[k];
            json_array_append_new(
                array,
                json_pack("{s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "path", json_text(library->path),
                          "what", library->what, "chip", of->chip->name, "verdict",
                          library->error < 0 ? "error" : verdict_id(library->verdict), "target",
                          json_text(library->target), "override",
                          json_text(*library->override ? library->override : NULL), "error",
                          json_text(library->error < 0 ? strerror(-library->error) : NULL)));
        }
    }
    return array;
}
