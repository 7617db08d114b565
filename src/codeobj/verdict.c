#include "codeobj/verdict.h"

static const struct {
    const char *id;
    const char *words;
} verdicts[VERDICT_COUNT] = {
    [VERDICT_NATIVE] = {"native", "native code"},
    [VERDICT_GENERIC] = {"generic", "generic code"},
    [VERDICT_COMPATIBLE] = {"compatible", "compatible code"},
    [VERDICT_NEAR] = {"near", "code for a sister chip"},
    [VERDICT_LATER] = {"later", "for later chips only"},
    [VERDICT_FOREIGN] = {"foreign", "for other chips only"},
    [VERDICT_NO_CODE] = {"no-gpu-code", "no GPU code"},
};

enum verdict verdict_of(const struct report *report, const struct chip *chip)
{
    static const enum verdict of_fits[FIT_COUNT] = {
        [FIT_NATIVE] = VERDICT_NATIVE,     [FIT_GENERIC] = VERDICT_GENERIC,
        [FIT_SUBSET] = VERDICT_COMPATIBLE, [FIT_NEAR] = VERDICT_NEAR,
        [FIT_LATER] = VERDICT_LATER,       [FIT_NONE] = VERDICT_FOREIGN,
    };
    if (report->targets_count == 0)
        return VERDICT_NO_CODE;
    return of_fits[target_fit(chip, report->targets[0].name)];
}

const char *verdict_id(enum verdict verdict)
{
    return verdicts[verdict].id;
}

const char *verdict_words(enum verdict verdict)
{
    return verdicts[verdict].words;
}

/* Of the targets that the chip could be made to take, one with more kernels than the best; or NULL.
 */
static const struct target_count *target_with_more(const struct report *report,
                                                   const struct chip *chip)
{
    for (size_t i = 1; i < report->targets_count; i++)
        if (target_fit(chip, report->targets[i].name) != FIT_NONE &&
            report->targets[i].kernels > report->targets[0].kernels)
            return &report->targets[i];
    return NULL;
}

void verdict_text(const struct report *report, const struct chip *chip,
                  char ret_text[VERDICT_TEXT_SIZE])
{
    const enum verdict verdict = verdict_of(report, chip);
    const char *target = report->targets_count > 0 ? report->targets[0].name : "";
    char override[OVERRIDE_SIZE];
    target_override(target, override);
    switch (verdict) {
    case VERDICT_NATIVE:
        snprintf(ret_text, VERDICT_TEXT_SIZE,
                 "holds code for %s itself: HSA_OVERRIDE_GFX_VERSION is not needed for it, and "
                 "10.3.0 has ROCm pass it over",
                 chip->name);
        break;
    case VERDICT_GENERIC:
        snprintf(ret_text, VERDICT_TEXT_SIZE,
                 "holds code for %s, which is for %s, too: where ROCm knows generic targets, "
                 "HSA_OVERRIDE_GFX_VERSION is not needed for it",
                 target, chip->name);
        break;
    case VERDICT_COMPATIBLE:
        snprintf(ret_text, VERDICT_TEXT_SIZE,
                 "holds code for %s, all of whose instructions %s has: "
                 "HSA_OVERRIDE_GFX_VERSION=%s has ROCm take it",
                 target, chip->name, override);
        break;
    case VERDICT_NEAR:
        snprintf(ret_text, VERDICT_TEXT_SIZE,
                 "holds code for %s, a sister of %s that differs in a few instructions: "
                 "HSA_OVERRIDE_GFX_VERSION=%s has ROCm take it",
                 target, chip->name, override);
        break;
    case VERDICT_LATER:
        snprintf(
            ret_text, VERDICT_TEXT_SIZE,
            "holds none for %s, but code for %s, a later chip: HSA_OVERRIDE_GFX_VERSION=%s has "
            "ROCm take it, without what %s needs of it",
            chip->name, target, override, chip->name);
        break;
    case VERDICT_FOREIGN:
        snprintf(ret_text, VERDICT_TEXT_SIZE,
                 "holds code for other chips only, which %s cannot be made to take", chip->name);
        break;
    case VERDICT_NO_CODE:
    case VERDICT_COUNT:
        snprintf(ret_text, VERDICT_TEXT_SIZE, "holds no GPU code");
        break;
    }
    const struct target_count *more = target_with_more(report, chip);
    const size_t used = strlen(ret_text);
    if (more)
        snprintf(ret_text + used, VERDICT_TEXT_SIZE - used,
                 "; but of %llu kernels for %s and %llu for %s, some are not there for it",
                 (unsigned long long)report->targets[0].kernels, target,
                 (unsigned long long)more->kernels, more->name);
}
